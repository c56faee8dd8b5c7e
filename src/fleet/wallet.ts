import type { ObjectContext, ObjectSharedContext, Serde } from '@restatedev/restate-sdk'
import { committed, paid } from '../domain/budget.ts'
import { action } from '../domain/next-action.ts'
import { recordOf, unseal } from '../driver/envelope.ts'
import { type RunResult, resultOf } from '../driver/result.ts'
import { pauseUntilDue } from '../hosts/restate/pause.ts'
import { RETRY } from '../hosts/restate/retry.ts'
import type { Sdk } from '../hosts/restate/sdk.ts'
import type { Clock } from '../ports/clock.ts'
import type { Totals } from './budget.ts'
import type { Answered } from './budget-guard.ts'
import { decidePayments } from './decide-step.ts'
import { STATE, WALLETS, walletKey, walletOf } from './names.ts'
import { type Order, parseOrder, type WalletStatus, type WalletSummary } from './order.ts'
import { type Reclaimed, reclaiming } from './reclaim-step.ts'
import type { Refused } from './refusal.ts'
import { budgetOf } from './reserve.ts'
import type { Runs } from './runs.ts'
import { type Journaled, type Recorded, refusedSummary, type StepOf, takeStep } from './step.ts'

/** Revisions whose events are kept. */
const MAX_HISTORY = 1_000

/** A conflict, in the words of HTTP. */
const CONFLICT = 409
const BAD_REQUEST = 400

export interface WalletDependencies {
  runs: Runs
  clock: Clock
  /** Aborts when the worker is to stop. */
  stopping: AbortSignal
}

/**
 * A wallet at Restate: a virtual object that owns the record of its run and drives it, one pass at a time.
 *
 * An object and no workflow, because the key of a workflow is free again once its retention is over, and its state is
 * gone; the record of a wallet is never to be forgotten, and a failed run begins a second pass from it.
 *
 * - `onboard` is exclusive: Restate runs one at a time, and a pass that was begun is refused with 409.
 * - `decide` looks at a payment that a pass has left open, once its time is over; no ingress reaches it.
 * - `committed` is for the fleet's budget; no ingress reaches it.
 * - `status` and `history` only read, also while a pass is under way.
 */
export function walletObject(sdk: Sdk, dependencies: WalletDependencies) {
  const { object, handlers, TerminalError } = sdk
  const { runs } = dependencies
  const budget = budgetOf(sdk, WALLETS)

  async function onboard(ctx: ObjectContext, given: unknown): Promise<WalletSummary> {
    const order = parseOrder(given)
    if (order === null || walletKey(order) !== ctx.key) {
      throw new TerminalError('The order is not for this wallet.', { errorCode: BAD_REQUEST })
    }
    const earlier = await ctx.get<WalletSummary>(STATE.summary)
    if (earlier !== null && order.pass <= earlier.pass) {
      throw new TerminalError(`Pass ${order.pass} was already started.`, { errorCode: CONFLICT })
    }
    let record = await ctx.get<string>(STATE.record)
    let hasReserved = false
    ctx.set(STATE.order, order)
    const refuse = async ({ failure }: Refused): Promise<WalletSummary> => {
      const summary = refusedSummary({ order, before: earlier, failure })
      ctx.set(STATE.summary, summary)
      if (hasReserved) await budget.settle(ctx)
      return summary
    }
    if (order.mustReclaim && record !== null) {
      const reclaimed = await reclaim(ctx, order, record)
      if (!reclaimed.ok) return refuse(reclaimed)
      record = reclaimed.record ?? record
    }
    let before: Recorded | null = null
    let answered: Answered | null = null
    do {
      await pauseUntilDue(ctx, before?.next)
      const done: Journaled = await step(ctx, { order, record, before, answered })
      if (!done.ok) return refuse(done)
      record = done.record ?? record
      before = done
      keep(ctx, done)
      hasReserved ||= done.asks !== null
      answered = done.asks === null ? null : await budget.reserve(ctx, done.asks)
    } while (before.next !== null)
    if (before.settles === true) await budget.settle(ctx)
    decideLater(ctx, before)
    runs.drop(ctx.key)
    return before.summary
  }

  function decideLater(ctx: ObjectContext, { decidesInMs }: Pick<Recorded, 'decidesInMs'>): void {
    if (decidesInMs == null) return
    const to = { service: WALLETS, key: ctx.key, method: 'decide' }
    ctx.genericSend({ ...to, parameter: null, inputSerde: sdk.serde.json as Serde<unknown>, delay: decidesInMs })
  }

  /** Releases what a payment that was never taken holds of the budget, once its time is over. */
  async function decide(ctx: ObjectContext): Promise<void> {
    const [order, record] = [await ctx.get<Order>(STATE.order), await ctx.get<string>(STATE.record)]
    const summary = await ctx.get<WalletSummary>(STATE.summary)
    if (order === null || record === null || summary === null) return
    const { attemptCompletedSignal: attempt } = ctx.request()
    const done = await ctx.run('decide', () => decidePayments({ order, record, attempt }, dependencies))
    runs.drop(ctx.key)
    if (!done.ok) return
    if (done.record !== null) {
      ctx.set(STATE.record, done.record)
      const { revision, spent, updatedAt } = done.summary
      ctx.set(STATE.summary, { ...summary, revision, spent, updatedAt } satisfies WalletSummary)
      if (done.settles) await budget.settle(ctx)
    }
    decideLater(ctx, done)
  }

  async function reclaim(ctx: ObjectContext, order: Order, record: string): Promise<Journaled> {
    const next = reclaiming({ order, attempt: ctx.request().attemptCompletedSignal }, dependencies)
    let before: Recorded | null = null
    for (let from = record; ; from = before.record ?? from) {
      const done: Reclaimed | Refused = await ctx.run('reclaim', () => next(from, before))
      if (!done.ok) return done
      before = done
      keep(ctx, done)
      if (done.isOver) return done
    }
  }

  const step = (ctx: ObjectContext, of: Omit<StepOf, 'attempt'>) =>
    ctx.run(of.before?.next?.src ?? 'begin', () =>
      takeStep({ ...of, attempt: ctx.request().attemptCompletedSignal }, dependencies),
    )

  async function status(ctx: ObjectSharedContext): Promise<WalletStatus> {
    const owner = walletOf(ctx.key)
    const [summary, record] = [await ctx.get<WalletSummary>(STATE.summary), await ctx.get<string>(STATE.record)]
    if (owner === null || record === null) return { summary, result: null, progress: null }
    const envelope = await unseal(record, `of ${ctx.key} at Restate`, owner)
    const result = ofFleet(resultOf(envelope))
    const progress = summary?.outcome === 'running' ? (runs.peek(ctx.key)?.progress ?? null) : null
    return { summary, result, progress }
  }

  /** What the recorded attempts and payments have spent or may still spend; null where there is no record. */
  async function committedSoFar(ctx: ObjectSharedContext): Promise<Totals | null> {
    const owner = walletOf(ctx.key)
    const record = await ctx.get<string>(STATE.record)
    if (owner === null || record === null) return null
    const { attempts, payments } = recordOf(await unseal(record, `of ${ctx.key} at Restate`, owner))
    const { vvv, feeWei } = committed(attempts)
    return { vvv: vvv.toString(), feeWei: feeWei.toString(), usd: paid(payments).toString() }
  }

  /** The events so far, oldest first, as JSON texts of lists. */
  async function history(ctx: ObjectSharedContext, from: number | undefined): Promise<string[]> {
    const first = STATE.events(from ?? 0)
    const keys = (await ctx.stateKeys()).filter((key) => key.startsWith('events/') && key >= first).sort()
    const found: string[] = []
    for (const key of keys) found.push((await ctx.get<string>(key)) ?? '[]')
    return found
  }

  return object({
    name: WALLETS,
    description: 'Onboards wallets; see docs/fleet.md of venice-onboard.',
    options: {
      retryPolicy: RETRY,
      // The state holds all there is to know; what Restate keeps of how it came about only takes space.
      journalRetention: 0,
      idempotencyRetention: { hours: 24 },
    },
    handlers: {
      onboard,
      decide: handlers.object.exclusive({ ingressPrivate: true }, decide),
      status: handlers.object.shared({ enableLazyState: true }, status),
      history: handlers.object.shared(history),
      committed: handlers.object.shared({ enableLazyState: true, ingressPrivate: true }, committedSoFar),
    },
  })
}

function keep(ctx: ObjectContext, { record, revision, events, summary }: Recorded): void {
  if (record !== null) ctx.set(STATE.record, record)
  ctx.set(STATE.summary, summary)
  if (events === null) return
  ctx.set(STATE.events(revision), events)
  if (revision > MAX_HISTORY) ctx.clear(STATE.events(revision - MAX_HISTORY))
}

/** Another pass of a wallet is asked of its fleet. */
const ofFleet = (result: RunResult): RunResult => ({
  ...result,
  nextAction:
    result.nextAction?.action === 'run' ? { ...result.nextAction, ...action('fleet.retry') } : result.nextAction,
})

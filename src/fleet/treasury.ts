import type { ObjectContext, ObjectSharedContext, Serde } from '@restatedev/restate-sdk'
import { type Failure, isRecoverable } from '../errors/failure.ts'
import { pauseUntilDue } from '../hosts/restate/pause.ts'
import { RETRY } from '../hosts/restate/retry.ts'
import type { Sdk } from '../hosts/restate/sdk.ts'
import type { Clock } from '../ports/clock.ts'
import type { Committed } from './budget.ts'
import type { Answered } from './budget-guard.ts'
import { STATE, TREASURIES, WALLETS, walletKey } from './names.ts'
import type { Refused } from './refusal.ts'
import { budgetOf } from './reserve.ts'
import type { OpenTreasury } from './treasuries.ts'
import {
  type Chunk,
  parseSponsorOrder,
  type SponsoredWallet,
  type SponsorOrder,
  type TreasurySummary,
} from './treasury-order.ts'
import { added, type Planned, type TreasuryRecorded, takePlan, takeTreasuryStep } from './treasury-step.ts'

export interface TreasuryDependencies {
  open: OpenTreasury
  clock: Clock
  /** Aborts when the worker is to stop. */
  stopping: AbortSignal
  /** Told of each step, so that a worker can let it end. */
  within<T>(step: Promise<T>): Promise<T>
}

const NOTHING = { vvv: '0', feeWei: '0' }

/**
 * A treasury at Restate: a virtual object that owns its nonces, and with them the record of what it signed and sent.
 *
 * - `sponsor` takes in a list: sees to its end what is in flight, looks at all wallets, and sends itself the chunks.
 * - `stake` drives one chunk, then hands in its wallets where that is asked for. Restate runs them one after the other; after
 *   one that fails, those of the same list are passed over.
 */
export function treasuryObject(sdk: Sdk, { within, ...dependencies }: TreasuryDependencies) {
  const { object, handlers, serde, TerminalError } = sdk
  const budget = budgetOf(sdk, TREASURIES)
  // Declared with a member that may be undefined.
  const inputSerde = serde.json as Serde<unknown>

  async function sponsor(ctx: ObjectContext, given: unknown): Promise<TreasurySummary> {
    const order = parseSponsorOrder(given)
    if (order === null || walletKey(order) !== ctx.key) {
      throw new TerminalError('The list is not for this treasury.', { errorCode: 400 })
    }
    const earlier = await ctx.get<TreasurySummary>(STATE.summary)
    if (earlier !== null && order.pass <= earlier.pass) {
      throw new TerminalError(`List ${order.pass} was already started.`, { errorCode: 409 })
    }
    const begun = begin(order, earlier, await ctx.date.toJSON())
    ctx.set(STATE.summary, begun)
    const record = await ctx.get<string>(STATE.record)
    const settled = record === null ? begun : await drive(ctx, settling(order, ctx.rand.uuidv4()), begun)
    const summary = settled.outcome === 'failed' ? settled : await plan(ctx, order, settled)
    ctx.set(STATE.summary, summary)
    return summary
  }

  async function plan(ctx: ObjectContext, order: SponsorOrder, summary: TreasurySummary): Promise<TreasurySummary> {
    const record = await ctx.get<string>(STATE.record)
    const attempt = ctx.request().attemptCompletedSignal
    const planned = await ctx.run('plan', () => within(takePlan({ of: order, record, attempt }, dependencies)))
    if (!planned.ok) return failed(summary, planned.failure)
    for (const chunk of chunksOf(order, planned, () => ctx.rand.uuidv4())) {
      ctx.genericSend({ service: TREASURIES, method: 'stake', key: ctx.key, parameter: chunk, inputSerde })
    }
    return summary
  }

  async function stake(ctx: ObjectContext, chunk: Chunk): Promise<TreasurySummary | null> {
    const before = await ctx.get<TreasurySummary>(STATE.summary)
    if (before === null || before.pass !== chunk.pass || before.outcome === 'failed') return before
    const after = await drive(ctx, chunk, before)
    const handedIn = after.outcome === 'failed' ? 0 : handIn(ctx, chunk.wallets)
    const outcome = after.outcome === 'running' && chunk.isLast ? 'done' : after.outcome
    const summary = { ...after, outcome, handedIn: before.handedIn + handedIn }
    ctx.set(STATE.summary, summary)
    return summary
  }

  /** Drives a chunk to its end. Its record and the treasury's line are kept after every step. */
  async function drive(ctx: ObjectContext, chunk: Chunk, before: TreasurySummary): Promise<TreasurySummary> {
    const attempt = ctx.request().attemptCompletedSignal
    let record = await ctx.get<string>(STATE.record)
    let due = null as TreasuryRecorded['next']
    let summary = before
    let isFirst = true
    let answered: Answered | null = null
    let settles = false
    do {
      await pauseUntilDue(ctx, due)
      const step: Parameters<typeof takeTreasuryStep>[0] = {
        of: chunk,
        record,
        attempt,
        isFirst,
        summary: before,
        answered,
      }
      const done: TreasuryRecorded | Refused = await ctx.run(due?.src ?? 'begin', () =>
        within(takeTreasuryStep(step, dependencies)),
      )
      if (!done.ok) return failed(summary, done.failure)
      record = done.record
      due = done.next
      isFirst = false
      summary = {
        ...before,
        state: done.state,
        staked: before.staked + done.staked,
        spent: added(before.spent, done.spent),
        updatedAt: done.writtenAt,
      }
      if (done.failure !== null) summary = failed(summary, done.failure)
      ctx.set(STATE.record, record)
      ctx.set(STATE.summary, summary)
      answered = done.asks === null ? null : await budget.reserve(ctx, done.asks)
      settles = done.settles === true
    } while (due !== null)
    if (settles) await budget.settle(ctx)
    return summary
  }

  /** What all lists have spent or may still spend; null where there was none. */
  async function committed(ctx: ObjectSharedContext): Promise<Committed | null> {
    const summary = await ctx.get<TreasurySummary>(STATE.summary)
    return summary && added(summary.spentBefore, summary.spent)
  }

  function handIn(ctx: ObjectContext, wallets: readonly SponsoredWallet[]): number {
    const orders = wallets.flatMap(({ order }) => order ?? [])
    for (const order of orders) {
      ctx.genericSend({
        service: WALLETS,
        method: 'onboard',
        key: walletKey(order),
        parameter: { ...order, isSponsored: true },
        inputSerde,
        idempotencyKey: `pass-${order.pass}`,
      })
    }
    return orders.length
  }

  return object({
    name: TREASURIES,
    description: 'Stakes for wallets from a treasury; see docs/fleet.md of venice-onboard.',
    options: { retryPolicy: RETRY, journalRetention: 0, idempotencyRetention: { hours: 24 } },
    handlers: {
      sponsor,
      stake: handlers.object.exclusive({ ingressPrivate: true }, stake),
      committed: handlers.object.shared({ ingressPrivate: true }, committed),
    },
  })
}

const begin = (order: SponsorOrder, earlier: TreasurySummary | null, startedAt: string): TreasurySummary => ({
  chainId: order.chainId,
  address: order.address,
  pass: order.pass,
  state: 'plan',
  outcome: 'running',
  failure: null,
  wallets: order.wallets.length,
  staked: 0,
  handedIn: 0,
  startedAt,
  updatedAt: startedAt,
  spent: NOTHING,
  spentBefore: earlier === null ? NOTHING : added(earlier.spentBefore, earlier.spent),
})

/** For nobody: what an earlier list has in flight is seen to its end, and nothing is signed. */
const settling = ({ wallets: _, ...order }: SponsorOrder, runId: string): Chunk => ({
  ...order,
  runId,
  wallets: [],
  beyond: '0',
  isLast: false,
})

function chunksOf({ wallets, ...order }: SponsorOrder, { size, beyond }: Planned, newId: () => string): Chunk[] {
  return beyond.map((left, index) => ({
    ...order,
    runId: newId(),
    wallets: wallets.slice(index * size, (index + 1) * size),
    beyond: left,
    isLast: index === beyond.length - 1,
  }))
}

const failed = (summary: TreasurySummary, failure: Failure): TreasurySummary => ({
  ...summary,
  outcome: 'failed',
  updatedAt: failure.at,
  failure: {
    code: failure.code,
    message: failure.message,
    hint: failure.hint,
    exit: failure.exit,
    isRecoverable: isRecoverable(failure),
  },
})

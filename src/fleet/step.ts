import { committed, paid } from '../domain/budget.ts'
import { isDoubtful } from '../domain/key.ts'
import { action, say } from '../domain/next-action.ts'
import { paysAsWallet } from '../domain/request.ts'
import { type Envelope, isBoundBy, isFinished, recordOf, requestOf, seal, unseal } from '../driver/envelope.ts'
import { statePath } from '../driver/events.ts'
import { ONBOARDING } from '../driver/onboarding.ts'
import { requireForm } from '../driver/record-schema.ts'
import { resultOf } from '../driver/result.ts'
import type { OnboardingError } from '../errors/base.ts'
import { type Failure, isRecoverable } from '../errors/failure.ts'
import type { MintOutcomeUnknownError } from '../errors/venice/all.ts'
import { advance } from '../hosts/restate/advance.ts'
import { isAskedAgain, requestFor } from '../operations/run-onboarding.ts'
import type { Clock } from '../ports/clock.ts'
import { requireApproved } from './approval.ts'
import type { Asked } from './budget.ts'
import type { Answered } from './budget-guard.ts'
import { walletKey } from './names.ts'
import { type Order, type WalletSummary, wantedOf } from './order.ts'
import { orRefused, type Refused } from './refusal.ts'
import type { LiveRun, Runs } from './runs.ts'
import { decidesIn } from './undecided.ts'

/**
 * What a step leaves in Restate's journal, and, by way of it, in the wallet's state. Everything that the handler goes on
 * with is in here as it was found, so that a worker with another machine can replay what this one did: replaying runs no
 * machine.
 */
export type Journaled = Recorded | Refused

export interface Recorded {
  ok: true
  /** The sealed envelope. Null: the run had ended before, and is as it was. */
  record: string | null
  revision: number
  /** What is due; null when the run has ended. */
  next: { src: string; until: string | null; writtenAt: string } | null
  summary: WalletSummary
  /** The events of this revision, as JSON. */
  events: string | null
  /** The process that did it. */
  worker: string
  /** What it needs from the fleet's budget before it goes on. */
  asks: Asked | null
  /** It has ended, and what it did not spend of the fleet's budget is to be given back. */
  settles: boolean
  /** It has ended with a payment that may have been posted: the chain can tell after so many milliseconds. Workers before 2026-12 did not name it. */
  decidesInMs?: number | null
}

export interface StepOf {
  order: Order
  /** The record before this step, or null where there is none. */
  record: string | null
  /** What the step before left; null for the first of a pass. */
  before: Recorded | null
  /** What the fleet's budget said to what that one asked for. */
  answered?: Answered | null
  attempt: AbortSignal
}

export interface StepDependencies {
  runs: Runs
  clock: Clock
  /** Aborts when the worker is to stop. */
  stopping: AbortSignal
}

/**
 * One step of a run: opens the record, has the driver act and record once, and seals what came of it.
 *
 * Side effects: those of the effect that is due. Safe to run again, as after a crash: the record it starts from is durable
 * and says what may have been done.
 *
 * @throws {StepFailed} and nothing else: Restate tries again, here or at another worker.
 */
export const takeStep = (step: StepOf, dependencies: StepDependencies): Promise<Journaled> =>
  withRun(step, dependencies, async (run) => {
    const done = await stepOf(step, run, dependencies)
    if (done.next === null || done.next.src === 'sleepUntil') dependencies.runs.rest(walletKey(step.order))
    return done
  })

/**
 * Does a step with the run of the order.
 *
 * @param mayPass - errors that Restate is to try again after.
 * @throws {StepFailed} and nothing else.
 */
export function withRun<T>(
  { order, before, attempt }: Pick<StepOf, 'order' | 'before' | 'attempt'>,
  { runs, clock }: StepDependencies,
  work: (run: LiveRun) => Promise<T>,
  mayPass?: (error: OnboardingError) => boolean,
): Promise<T | Refused> {
  const key = walletKey(order)
  const scrub = (text: string) => runs.peek(key)?.redactor.scrub(text) ?? text
  const turn = { order, before: before?.worker ?? null, attempt }
  const step = () =>
    runs.within(turn, work).catch((error: unknown) => {
      runs.rest(key)
      throw error
    })
  return orRefused(step, { clock, scrub, ...(mayPass && { mayPass }) })
}

const iso = (clock: Clock): string => new Date(clock.now()).toISOString()

/** They look, or sign what is recorded before it is sent; `mintKey` finds its intent recorded. */
const QUIET = new Set([
  'readWalletState',
  'signTransactions',
  'watchTransactions',
  'fetchChallenge',
  'signChallenge',
  'openSink',
] as const)

/** The bytes of all transactions are recorded before the first is sent. */
const REPEATABLE = new Set(['broadcast'] as const)

async function stepOf(
  { order, record, before, answered = null }: StepOf,
  run: LiveRun,
  { runs: { worker }, clock, stopping }: StepDependencies,
): Promise<Recorded> {
  const key = walletKey(order)
  const envelope = record === null ? null : await opened(record, run, order)
  const isFirst = before === null
  const request = isFirst ? requestOfOrder(order, envelope, run) : requestOf(envelope ?? missing(key))
  requireApproved(request, run.approval)
  const startedAt = before?.summary.startedAt ?? iso(clock)
  const made = { order, worker, startedAt }
  const wasFinished = envelope !== null && isFinished(envelope)
  const again = isFirst && wasFinished && isAskedAgain(recordOf(envelope), askedOf(order))
  if (wasFinished && !again) return { ...recorded(envelope, made), record: null, events: null }

  const reserving = run.budget?.within(answered) ?? null
  const advancing = advance(ONBOARDING, {
    effects: reserving?.guard(run.effects) ?? run.effects,
    quiet: QUIET,
    repeatable: REPEATABLE,
    envelope,
    again,
    input: {
      request,
      ...(order.fundsDeadline !== undefined && { fundsDeadline: order.fundsDeadline }),
      mustProve: order.mustProve === true,
    },
    clock,
    signal: stopping,
    onProgress: ({ type: _, at: __, ...progress }) => {
      run.progress = progress
    },
  })
  const { envelope: next, events } = await advancing.catch((error: unknown) => {
    // It stands where it stood, and waits for an answer.
    if (envelope !== null && reserving != null && reserving.asked !== null) return { envelope, events: [] }
    throw error
  })
  const ofBudget = { asks: reserving?.asked ?? null, settles: reserving !== null && next.snapshot.status === 'done' }
  if (next === envelope) return { ...recorded(next, made), ...ofBudget, record: null, events: null }
  // Every step resumes the run for the driver; worth telling is only that another process did.
  const isOther = before !== null && before.worker !== worker
  const told = events.filter(({ type }) => type !== 'resumed' || isOther)
  const decidesInMs = decidesIn(next, clock)
  return {
    ...recorded(next, made),
    ...ofBudget,
    decidesInMs,
    record: await sealed(next, run),
    events: JSON.stringify(told),
  }
}

/** The record, opened and checked unless this process has sealed it. */
export async function opened(record: string, { sealed, key }: LiveRun, order: Order): Promise<Envelope> {
  if (sealed?.text === record) return sealed.envelope
  const envelope = await unseal(record, `of ${walletKey(order)} at Restate`, order)
  await isBoundBy(record, await key)
  requireForm(envelope, `of ${walletKey(order)} at Restate`)
  return envelope
}

/** Text of `envelope`, which this process need not open again. */
export async function sealed(envelope: Envelope, run: LiveRun): Promise<string> {
  const text = await seal(envelope, await run.key)
  run.sealed = { text, envelope }
  return text
}

function missing(key: string): never {
  throw new Error(`The record of ${key} is gone.`)
}

const requestOfOrder = (order: Order, envelope: Envelope | null, { ports }: LiveRun) =>
  requestFor({ wanted: wantedOf(order), chainId: order.chainId, ports }, envelope, ports.signer.address)

const askedOf = (order: Order) => ({
  mustBeFunded: order.mustBeFunded === true || order.fundsDeadline !== undefined,
  mustProve: order.mustProve === true,
  wanted: wantedOf(order),
})

export function recorded(
  envelope: Envelope,
  { order, worker, startedAt }: { order: Order; worker: string; startedAt: string },
): Omit<Recorded, 'record' | 'events'> {
  const { snapshot, due, revision, writtenAt } = envelope
  const isActive = snapshot.status === 'active'
  const until = (due?.input as { until?: string } | null)?.until ?? null
  return {
    ok: true,
    revision,
    next: isActive && due !== null ? { src: due.src, until: due.src === 'sleepUntil' ? until : null, writtenAt } : null,
    summary: summaryOf(envelope, { pass: order.pass, startedAt }),
    worker,
    asks: null,
    settles: false,
  }
}

/** A wallet in a line. */
function summaryOf(envelope: Envelope, { pass, startedAt }: { pass: number; startedAt: string }): WalletSummary {
  const { snapshot, due, revision, writtenAt, chainId, address, runId } = envelope
  const { record, failure } = snapshot.context
  const { outcome } = resultOf(envelope)
  const { vvv, feeWei } = committed(record.attempts)
  return {
    chainId,
    address,
    runId,
    pass,
    revision,
    state: statePath(snapshot.value),
    effect: snapshot.status === 'active' ? (due?.src ?? null) : null,
    outcome: snapshot.status === 'active' || outcome === 'paused' ? 'running' : outcome,
    failure: failure && told(failure),
    startedAt,
    updatedAt: writtenAt,
    spent: { vvv: vvv.toString(), feeWei: feeWei.toString(), usd: paid(record.payments).toString() },
    ...(paysAsWallet(snapshot.context.request) && { credential: 'wallet' as const }),
    keys: record.key === null ? 0 : 1,
    orphans: record.mints.filter(isDoubtful).length,
  }
}

/** The summary of a pass that could do nothing. */
export const refusedSummary = ({
  order,
  before,
  failure,
}: {
  order: Order
  before: WalletSummary | null
  failure: Failure
}): WalletSummary => ({
  ...(before ?? {
    chainId: order.chainId,
    address: order.address,
    runId: null,
    revision: 0,
    state: 'failed',
    startedAt: failure.at,
    spent: { vvv: '0', feeWei: '0', usd: '0' },
    keys: 0,
    orphans: 0,
  }),
  pass: order.pass,
  effect: null,
  outcome: 'failed',
  failure: told(failure),
  updatedAt: failure.at,
})

/** Of `mintsSpent`, whose hint is for a run with files. */
const MINTS_SPENT: MintOutcomeUnknownError['code'] = 'venice/mint-outcome-unknown'
const RECLAIM_HINT = say`Delete them and mint again with ${action('fleet.reclaim')}.`

const told = (failure: Failure): NonNullable<WalletSummary['failure']> => ({
  code: failure.code,
  message: failure.message,
  hint: failure.code === MINTS_SPENT ? RECLAIM_HINT : failure.hint,
  isRecoverable: isRecoverable(failure),
})

import type { OnboardingContext } from '../../machines/onboarding/context.ts'
import type { EffectName } from '../../machines/onboarding/effects.ts'
import { type AttemptSummary, summaryOf } from '../domain/attempt.ts'
import { type PaymentSummary, paymentSummaryOf } from '../domain/payment.ts'
import type { Failure } from '../errors/failure.ts'
import type { Progress } from './effects/io.ts'
import type { Envelope } from './envelope.ts'

export const SCHEMA_VERSION = 1

/** One step of the machine. What may be shown of a run: an allow-list, so that a new field is hidden until it is chosen. */
export interface TransitionEvent {
  type: 'transition'
  schemaVersion: number
  /** ISO 8601. */
  at: string
  runId: string
  revision: number
  pass: number
  /** Dotted path of the state left, or null at the start of a pass. */
  from: string | null
  to: string
  /** The event that caused it, e.g. `xstate.done.actor.mintKey`. */
  cause: string
  failure: Pick<Failure, 'code' | 'message' | 'hint'> | null
  view: RunView
}

export interface ProgressEvent extends Progress {
  type: 'progress'
  /** ISO 8601. */
  at: string
  effect: EffectName
}

/** A process goes on with a run that another left in the middle. */
export interface ResumedEvent {
  type: 'resumed'
  schemaVersion: number
  /** ISO 8601. */
  at: string
  runId: string
  revision: number
  state: string
  /** ISO 8601: when the other process last recorded anything. */
  since: string
}

export type RunEvent = TransitionEvent | ProgressEvent | ResumedEvent

/** The run at one revision, as inspectors, journals and agents may see it. */
export interface RunView {
  state: string
  counters: OnboardingContext['counters']
  position: Omit<NonNullable<OnboardingContext['position']>, 'drafts'> | null
  transactions: readonly TransactionView[]
  payments: readonly PaymentView[]
  challenge: OnboardingContext['challenge']
  wakeAt: string | null
  mints: OnboardingContext['record']['mints']
  key: OnboardingContext['record']['key']
  funding: OnboardingContext['record']['funding']
  skipped: OnboardingContext['record']['skipped']
  warnings: readonly string[]
}

/** A transaction, what it moves, and when it was signed. */
interface TransactionView extends AttemptSummary {
  /** Base units of VVV. */
  amount: string
  /** ISO 8601. */
  signedAt: string
}

/** A payment of USDC, and when it was drawn up. */
interface PaymentView extends PaymentSummary {
  /** ISO 8601. */
  drawnUpAt: string
}

/** Dotted path of a state value: `{ stake: 'broadcast' }` is `stake.broadcast`. */
export function statePath(value: unknown): string {
  if (typeof value === 'string') return value
  const [entry] = Object.entries(value as Record<string, unknown>)
  return entry === undefined ? '' : `${entry[0]}.${statePath(entry[1])}`
}

/** What may be shown of a machine in state `value` with this context. */
export function viewOfContext(context: OnboardingContext, value: unknown): RunView {
  const { record, position } = context
  return {
    state: statePath(value),
    counters: context.counters,
    position: position && {
      readAt: position.readAt,
      blockNumber: position.blockNumber,
      account: position.account,
      eth: position.eth,
      vvv: position.vvv,
      sVvv: position.sVvv,
      allowance: position.allowance,
      implementation: position.implementation,
      feeCeiling: position.feeCeiling,
    },
    transactions: record.attempts.map((attempt) => ({
      ...summaryOf(attempt),
      amount: attempt.amount,
      signedAt: attempt.signedAt,
    })),
    payments: (record.payments ?? []).map((payment) => ({
      ...paymentSummaryOf(payment),
      drawnUpAt: payment.drawnUpAt,
    })),
    challenge: context.challenge,
    wakeAt: context.wakeAt,
    mints: record.mints,
    key: record.key,
    funding: record.funding,
    skipped: record.skipped,
    warnings: record.warnings,
  }
}

export const resumedEvent = ({ runId, revision, writtenAt, snapshot }: Envelope, at: string): ResumedEvent => ({
  type: 'resumed',
  schemaVersion: SCHEMA_VERSION,
  at,
  runId,
  revision,
  state: statePath(snapshot.value),
  since: writtenAt,
})

export function transitionEvent(from: Envelope | null, to: Envelope, cause: string): TransitionEvent {
  const { failure } = to.snapshot.context
  return {
    type: 'transition',
    schemaVersion: SCHEMA_VERSION,
    at: to.writtenAt,
    runId: to.runId,
    revision: to.revision,
    pass: to.pass,
    from: from && statePath(from.snapshot.value),
    to: statePath(to.snapshot.value),
    cause,
    failure: failure && { code: failure.code, message: failure.message, hint: failure.hint },
    view: viewOfContext(to.snapshot.context, to.snapshot.value),
  }
}

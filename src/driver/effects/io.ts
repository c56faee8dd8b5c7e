import type { EffectContract, EffectName } from '../../../machines/onboarding/effects.ts'
import type { StateMeta } from '../../../machines/onboarding/setup.ts'
import type { AttemptSummary } from '../../domain/attempt.ts'
import type { Budget } from '../../domain/budget.ts'
import type { Payment } from '../../domain/payment.ts'
import type { Plan } from '../../domain/plan.ts'
import type { Redactor } from '../../domain/redact.ts'
import type { OnboardingRequest } from '../../domain/request.ts'
import type { Gate } from '../../gate/gate.ts'
import type { Chain } from '../../ports/chain.ts'
import type { Clock } from '../../ports/clock.ts'
import type { KeySink, SinkProbe } from '../../ports/key-sink.ts'
import type { PaymentLedger } from '../../ports/payment-ledger.ts'
import type { Signer } from '../../ports/signer.ts'
import type { Venice } from '../../ports/venice.ts'

export interface Ports {
  chain: Chain
  venice: Venice
  signer: Signer
  /** The EOA that `signer` stakes for, and that signs for the key. Absent: `signer` itself. */
  minter?: Signer
  sink: KeySink
  /** Tried in this order when `sink` fails to store a minted key. Default: none. */
  fallbackSinks?: readonly KeySink[]
  clock: Clock
}

/** The signer whose address holds the sVVV, and that signs for the key. */
export const minterOf = ({ signer, minter }: Pick<Ports, 'signer' | 'minter'>): Signer => minter ?? signer

/** The key that would be replaced in a sink. */
export interface HeldInSink {
  sink: string
  /** Null for a reference to a key that is kept elsewhere. */
  last6: string | null
  isReference: boolean
}

/** Given with every question. `signal` aborts when the run is paused; a later answer does not count. */
export interface Asking {
  signal: AbortSignal
}

/** How this process runs effects. Not persisted: the next process may be stricter or laxer. */
export interface EffectSettings {
  budget: Budget
  /** Blocks, counting the one that includes the transaction. */
  confirmations: number
  /** Milliseconds that a transaction may stay unmined before the run stops and says so. */
  confirmationTimeoutMs: number
  /** The request as this process knows it. Absent: the request of the record counts. */
  request?: OnboardingRequest
  /** The record proves that its request was approved. Default true: the host that keeps the record vouches for it. */
  isBound?: boolean
  /** If given, the plan to be signed must have this digest. */
  planDigest?: string
  /** A sink's key that this run did not store may be replaced. Default false. */
  mayReplaceKey?: boolean
  /** Asked before such a key is replaced, if `mayReplaceKey` is false; false refuses. Absent: refused. */
  approveReplacement?: (held: HeldInSink, io: Asking) => Promise<boolean>
  /** Whether this run stored the key that `probe` shows in the sink of that name. Default: it did not. */
  isOwnKey?: (sink: string, probe: SinkProbe) => boolean
  /** Digests that were approved in this process so far; a plan with one of them is not asked about. */
  approvedDigests?: () => readonly string[]
  /**
   * Base units of USDC: the wallet's credit is topped up when it is below this. Default: only when Venice accepts no
   * call.
   */
  creditFloor?: bigint
  /** The payments of this wallet's other records. Absent: only this record's payments count. */
  ledger?: PaymentLedger
  /** Asked before a payment is recorded and signed; false refuses. */
  approvePayment?: (payment: Payment, io: Asking) => Promise<boolean>
  /** Asked before the first signature that spends, and before the first for DIEM; false refuses. */
  approve?: (plan: Plan, io: Asking) => Promise<boolean>
}

export const DEFAULT_SETTINGS: EffectSettings = { budget: {}, confirmations: 1, confirmationTimeoutMs: 180_000 }

/** What an effect waits for right now. It is shown to people and never persisted. */
export interface Progress {
  awaits: NonNullable<StateMeta['awaits']>
  /** Latest block seen. */
  block?: string
  /** ISO 8601: when the wait ends at the latest. Only for waits of a second or more. */
  until?: string
  /** The watched transactions: when each was sent, and the block that has it. */
  transactions?: readonly AttemptSummary[]
}

export interface EffectIo {
  /** Aborts when the run is to pause. Effects that must not be cut short ignore it. */
  signal: AbortSignal
  report: (progress: Progress) => void
}

export type Effect<Name extends EffectName> = (
  input: EffectContract[Name]['input'],
  io: EffectIo,
) => Promise<EffectContract[Name]['output']>

export type Effects = { readonly [Name in EffectName]: Effect<Name> }

export interface EffectDependencies {
  ports: Ports
  settings: EffectSettings
  redactor: Redactor
  /** The only way to the signer of `ports`. */
  gate: Gate
}

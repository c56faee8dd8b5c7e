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
  /** Tried in this order when `sink` fails to store a key that was minted. Default: none. */
  fallbackSinks?: readonly KeySink[]
  clock: Clock
}

/** Who holds the sVVV, and signs for the key. */
export const minterOf = ({ signer, minter }: Pick<Ports, 'signer' | 'minter'>): Signer => minter ?? signer

/** What would be replaced in a sink. */
export interface HeldInSink {
  sink: string
  /** Null for a reference to a key that is kept elsewhere. */
  last6: string | null
  isReference: boolean
}

/** What a question is asked with. `signal` aborts when the run is paused: the answer counts no more. */
export interface Asking {
  signal: AbortSignal
}

/** How this process runs effects. Not persisted: the next process may be stricter or laxer. */
export interface EffectSettings {
  budget: Budget
  /** Blocks, counting the one that includes the transaction. */
  confirmations: number
  /** Milliseconds a transaction may stay unmined before the run stops and says so. */
  confirmationTimeoutMs: number
  /** What was asked for, by the word of this process. Absent: the record's word counts. */
  request?: OnboardingRequest
  /** The record proves that what it asks for was approved. Default true: whoever keeps it vouches for it. */
  isBound?: boolean
  /** If given, the plan to be signed must have this digest. */
  planDigest?: string
  /** A sink's key that this run did not put there may be replaced. Default false. */
  mayReplaceKey?: boolean
  /** Asked before such a key is replaced, unless it may be; false refuses. Absent: refused. */
  approveReplacement?: (held: HeldInSink, io: Asking) => Promise<boolean>
  /** Whether this run put the key that `probe` tells of into the sink of that name. Default: it did not. */
  isOwnKey?: (sink: string, probe: SinkProbe) => boolean
  /** Digests that were approved in this process so far; a plan with one of them is not asked about. */
  approvedDigests?: () => readonly string[]
  /** Base units of USDC: credit of the wallet under it is filled up again. Default: only credit that admits no call. */
  creditFloor?: bigint
  /** Knows what other records of this wallet have paid. Absent: this one's payments alone count. */
  ledger?: PaymentLedger
  /** Asked before a payment is recorded and signed; false refuses. */
  approvePayment?: (payment: Payment, io: Asking) => Promise<boolean>
  /** Asked before the first signature that spends, and before the first for DIEM; false refuses. */
  approve?: (plan: Plan, io: Asking) => Promise<boolean>
}

export const DEFAULT_SETTINGS: EffectSettings = { budget: {}, confirmations: 1, confirmationTimeoutMs: 180_000 }

/** What an effect waits for right now. For people to look at; never persisted. */
export interface Progress {
  awaits: NonNullable<StateMeta['awaits']>
  /** Latest block seen. */
  block?: string
  /** ISO 8601: when the wait ends at the latest. Only of waits of a second and more. */
  until?: string
  /** What is watched, as it stands: when each was sent, and the block that took it. */
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
  /** The one way to the signer of `ports`. */
  gate: Gate
}

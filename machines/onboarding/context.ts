import type { Attempt } from '../../src/domain/attempt.ts'
import type { ChallengeInfo } from '../../src/domain/challenge.ts'
import type { Funding } from '../../src/domain/funding.ts'
import type { KeyRef, MintIntent, RetiredKey } from '../../src/domain/key.ts'
import type { Told } from '../../src/domain/next-action.ts'
import type { Payment } from '../../src/domain/payment.ts'
import type { OnboardingRequest } from '../../src/domain/request.ts'
import type { WalletState } from '../../src/domain/wallet-state.ts'
import type { Failure } from '../../src/errors/failure.ts'
import { beganFor } from './wallet-credential.ts'

/** The user's eight names, in order. */
export const STAGES = [
  'checkBalance',
  'approve',
  'stake',
  'awaitConfirmation',
  'fetchToken',
  'sign',
  'mint',
  'fundingCheck',
] as const
export type Stage = (typeof STAGES)[number]

/** Something that was done already, and how that was known. */
export interface Skipped {
  stage: Stage
  why: string
}

/**
 * What must never be forgotten: it decides that nothing is done twice. A new pass over the same run starts from it.
 * Public data only; no key, challenge or signature is ever here.
 */
export interface RunRecord {
  attempts: readonly Attempt[]
  mints: readonly MintIntent[]
  key: KeyRef | null
  /** Keys of this run before `key`, oldest first. */
  retired: readonly RetiredKey[]
  funding: Funding | null
  /** Payments of USDC for credit of the wallet, oldest first. */
  payments: readonly Payment[]
  skipped: readonly Skipped[]
  /** Sentences for the person: a key that may be orphaned, a file git does not ignore. */
  warnings: readonly Told[]
}

/** Every loop of the machine is counted here and bounded by `LIMITS`. */
export interface Counters {
  /** Transient failures in a row; progress resets it. */
  retries: number
  /** Challenges fetched again. */
  refreshes: number
  /** Signatures made again for a challenge Venice did not take. */
  resigns: number
  /** Waits for Venice, or a lagging node, to see a stake that is mined. */
  lagWaits: number
  /** New plans made because the chain was not as assumed. */
  replans: number
  /** Times a transaction that no node knew was handed out again. */
  rebroadcasts: number
  /** Times fees were raised under the same nonce, or a gap in the nonces was filled. */
  replacements: number
  /** Paid calls that got no answer; each may have cost what a call costs. */
  proofs: number
  /** Looks at a key that waits for money. */
  creditChecks: number
  /** Payments drawn up because the one before was not taken in its time. */
  payments: number
}

export interface OnboardingContext {
  request: OnboardingRequest
  record: RunRecord
  counters: Counters
  /** The last look at the wallet. */
  walletState: WalletState | null
  /** sVVV in base units when the transactions were last looked at. */
  sVvvSeen: string | null
  /** Attempts no node knew at the last look. */
  missing: readonly string[]
  challenge: ChallengeInfo | null
  /** ISO 8601: end of the wait under way. */
  wakeAt: string | null
  /** ISO 8601: until when to wait for the wallet, and then for the key, to be funded; null means not at all. */
  fundsDeadline: string | null
  /** One smallest paid call is to be made with a key that can spend. */
  mustProve: boolean
  /** The DIEM that was asked for was seen staked in this pass. */
  isDiemStaked: boolean
  /** Why the machine waits or has stopped; null while it makes progress. */
  failure: Failure | null
}

export interface OnboardingInput {
  request: OnboardingRequest
  /** The record of an earlier pass of the same run. */
  record?: RunRecord
  fundsDeadline?: string
  /** Default false. */
  mustProve?: boolean
}

export interface OnboardingOutput {
  outcome: 'funded' | 'unfunded' | 'failed'
  record: RunRecord
  failure: Failure | null
}

const emptyRecord = (): RunRecord => ({
  attempts: [],
  mints: [],
  key: null,
  retired: [],
  funding: null,
  payments: [],
  skipped: [],
  warnings: [],
})

export const initialContext = ({ request, record, fundsDeadline, mustProve }: OnboardingInput): OnboardingContext => ({
  request,
  record: record === undefined ? emptyRecord() : beganFor(request, record),
  counters: {
    retries: 0,
    refreshes: 0,
    resigns: 0,
    lagWaits: 0,
    replans: 0,
    rebroadcasts: 0,
    replacements: 0,
    proofs: 0,
    creditChecks: 0,
    payments: 0,
  },
  walletState: null,
  sVvvSeen: null,
  missing: [],
  challenge: null,
  wakeAt: null,
  fundsDeadline: fundsDeadline ?? null,
  mustProve: mustProve ?? false,
  isDiemStaked: false,
  failure: null,
})

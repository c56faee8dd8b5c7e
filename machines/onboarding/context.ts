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

/** A step that was done already, and how that was known. */
export interface Skipped {
  stage: Stage
  why: string
}

/**
 * What must never be lost: it ensures that nothing is done twice. A new pass of the run starts from it. Public data
 * only; it never holds a key, challenge or signature.
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
  /** Sentences for the user: a key that may be orphaned, a file that git does not ignore. */
  warnings: readonly Told[]
}

/** Every loop of the machine is counted here and bounded by `LIMITS`. */
export interface Counters {
  /** Transient failures in a row; progress resets it. */
  retries: number
  /** Challenges fetched again. */
  refreshes: number
  /** Challenges signed again after Venice refused the signature. */
  resigns: number
  /** Waits for Venice, or for a lagging node, to see a mined stake. */
  lagWaits: number
  /** New plans because the chain was not as assumed. */
  replans: number
  /** Times that a transaction was sent again because no node knew it. */
  rebroadcasts: number
  /** Fee bumps and nonce fillers. */
  replacements: number
  /** Paid calls without an answer; each may have cost as much as a call. */
  proofs: number
  /** Funding checks of a key that waits for money. */
  creditChecks: number
  /** Payments drawn up because the earlier one was not settled in time. */
  payments: number
}

export interface OnboardingContext {
  request: OnboardingRequest
  record: RunRecord
  counters: Counters
  /** The wallet state of the last read. */
  walletState: WalletState | null
  /** sVVV in base units at the last report on the transactions. */
  sVvvSeen: string | null
  /** Attempts that no node knew in the last report. */
  missing: readonly string[]
  challenge: ChallengeInfo | null
  /** ISO 8601: end of the wait under way. */
  wakeAt: string | null
  /** ISO 8601: until when to wait for the wallet, and then for the key, to be funded; null means not at all. */
  fundsDeadline: string | null
  /** Make the smallest paid call with a key that can spend. */
  mustProve: boolean
  /** A read of this pass showed the requested DIEM staked. */
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

import type { Address } from '../../src/domain/addresses.ts'
import type { Attempt } from '../../src/domain/attempt.ts'
import type { SettledAttempt, SponsorRequest, TreasuryState } from '../../src/domain/sponsoring.ts'
import type { Failure } from '../../src/errors/failure.ts'

/** What must never be forgotten: it decides that nobody is staked for twice. Public data only. */
export interface SponsoringRecord {
  /** Of the request that the rest is about. */
  runId: string
  /** Transactions whose fate, or effect, is not settled yet. */
  attempts: readonly Attempt[]
  /** Those of this request that are decided for good, oldest first. */
  settled: readonly SettledAttempt[]
  /** Agents of this request that were seen with their stake, in lower case. They are not looked at again. */
  staked: readonly Address[]
  /** Attempts with a lower nonce are of an earlier request: they are seen to their end, and not paid for by this one. */
  ownFrom: number
  /** After every nonce that is known to be mined, of earlier requests, too. A look that shows less is of the past. */
  nextNonce: number
}

/** Every loop of the machine is counted here and bounded by `LIMITS`. Each agent that gets its stake resets them. */
export interface SponsoringCounters {
  /** Transient failures in a row; progress resets it. */
  retries: number
  /** Looks that no agent has got its stake since. */
  replans: number
  /** Times transactions that no node knew were handed out again. */
  rebroadcasts: number
  /** Times fees were raised under the same nonce, or a gap in the nonces was filled. */
  replacements: number
}

export interface SponsoringContext {
  request: SponsorRequest
  record: SponsoringRecord
  counters: SponsoringCounters
  /** The last look at treasury and agents. */
  walletState: TreasuryState | null
  /** Attempts no node knew at the last look. */
  missing: readonly string[]
  /** ISO 8601: end of the wait under way. */
  wakeAt: string | null
  /** ISO 8601: until when to wait for the treasury to be funded; null means not at all. */
  fundsDeadline: string | null
  /** Why the machine waits or has stopped; null while it makes progress. */
  failure: Failure | null
}

export interface SponsoringInput {
  request: SponsorRequest
  /** The record of an earlier pass, or of an earlier request of the same treasury. */
  record?: SponsoringRecord
  fundsDeadline?: string
}

export interface SponsoringOutput {
  outcome: 'done' | 'failed'
  record: SponsoringRecord
  failure: Failure | null
}

export const NO_LOOPS: SponsoringCounters = { retries: 0, replans: 0, rebroadcasts: 0, replacements: 0 }

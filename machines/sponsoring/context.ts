import type { Address } from '../../src/domain/addresses.ts'
import type { Attempt } from '../../src/domain/attempt.ts'
import type { SettledAttempt, SponsorRequest, TreasuryState } from '../../src/domain/sponsoring.ts'
import type { Failure } from '../../src/errors/failure.ts'

/** What must never be lost: it ensures that no agent gets a stake twice. Public data only. */
export interface SponsoringRecord {
  /** Id of the request that this record is about. */
  runId: string
  /** Transactions whose fate or result is not settled yet. */
  attempts: readonly Attempt[]
  /** Transactions of this request whose fate is final, oldest first. */
  settled: readonly SettledAttempt[]
  /** Agents of this request that were seen with their stake, in lower case. They are not read again. */
  staked: readonly Address[]
  /**
   * Attempts with a lower nonce belong to an earlier request: they are watched to their end, but do not count for this
   * one.
   */
  ownFrom: number
  /**
   * The next nonce after all that are known to be mined, also by earlier requests. A read that shows a lower one is
   * stale.
   */
  nextNonce: number
}

/** Every loop of the machine is counted here and bounded by `LIMITS`. Each agent that gets its stake resets them. */
export interface SponsoringCounters {
  /** Transient failures in a row; progress resets it. */
  retries: number
  /** Reads since an agent last got its stake. */
  replans: number
  /** Times that transactions were sent again because no node knew them. */
  rebroadcasts: number
  /** Fee bumps and nonce fillers. */
  replacements: number
}

export interface SponsoringContext {
  request: SponsorRequest
  record: SponsoringRecord
  counters: SponsoringCounters
  /** The last read of treasury and agents. */
  walletState: TreasuryState | null
  /** Attempts that no node knew in the last report. */
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

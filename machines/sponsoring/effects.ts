import type { Address } from '../../src/domain/addresses.ts'
import type { Attempt } from '../../src/domain/attempt.ts'
import type { Spending } from '../../src/domain/budget.ts'
import type { Beneficiary, SettledAttempt, SponsorRequest, TreasuryState } from '../../src/domain/sponsoring.ts'
import type { EffectContract as Onboarding } from '../onboarding/effects.ts'

/** `Spending` that survives JSON. */
export type SpentSoFar = Record<keyof Spending, string>

/**
 * Everything the machine needs from outside: one entry per invoked actor. Inputs and outputs are plain JSON without
 * secrets, because they are persisted. Every effect rejects with a `Failure`, and may run twice after a crash.
 */
export interface SponsoringEffects extends Pick<Onboarding, 'watchTransactions' | 'sleepUntil'> {
  /** Sends recorded bytes to the network, in nonce order. */
  broadcast: {
    input: {
      attempts: readonly Attempt[]
      /** They were drafted from one read, and perhaps none was sent yet. */
      isNew: boolean
    }
    /**
     * `dropped`: not sent, because a transaction from elsewhere used an earlier nonce, so they were drafted from a
     * stale read.
     */
    output: Onboarding['broadcast']['output'] & { dropped: readonly string[] }
  }
  /** Reads the treasury and those agents, and drafts the next transactions. */
  readTreasury: {
    input: {
      treasury: Address
      agents: readonly Beneficiary[]
      /** Mined stakes that no read has shown yet. */
      unproven: readonly Attempt[]
      /** A read that shows a lower nonce is stale. */
      nextNonce: number
      /** No read of this pass has checked yet that the agents can sign. */
      isFirst: boolean
      /** Base units that the treasury must hold and approve beyond what the agents lack. Absent: nothing. */
      beyond?: string
    }
    output: TreasuryState
  }
  /** Checks counterparties, budget and plan, then signs. Sends nothing. */
  signTransactions: {
    input: {
      request: SponsorRequest
      walletState: TreasuryState
      /** Bytes that may still be mined. */
      attempts: readonly Attempt[]
      /** Settled stakes of this request that were reported as reverted. */
      reverted: readonly SettledAttempt[]
      /** Spent by all settled transactions of this request. */
      spent: SpentSoFar
      /** Spent by earlier requests under the same budget. Absent: nothing. */
      earlier?: SpentSoFar
    }
    output: readonly Attempt[]
  }
  /**
   * Signs replacements of attempts that are priced too low, and nonce fillers for gaps; or reopens earlier ones. Sends
   * nothing.
   */
  replaceTransactions: {
    input: { address: Address; attempts: readonly Attempt[]; settled: SpentSoFar }
    output: readonly Attempt[]
  }
}
export type SponsoringEffectName = keyof SponsoringEffects

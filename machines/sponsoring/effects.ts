import type { Address } from '../../src/domain/addresses.ts'
import type { Attempt } from '../../src/domain/attempt.ts'
import type { Spending } from '../../src/domain/budget.ts'
import type { Beneficiary, SettledAttempt, SponsorRequest, TreasuryState } from '../../src/domain/sponsoring.ts'
import type { EffectContract as Onboarding } from '../onboarding/effects.ts'

/** `Spending` that survives JSON. */
export type SpentSoFar = Record<keyof Spending, string>

/**
 * Everything the machine asks of the world: one entry per invoked actor. Inputs and outputs are plain JSON without
 * secrets, because they are persisted. Every effect rejects with a `Failure`, and may run twice after a crash.
 */
export interface SponsoringEffects extends Pick<Onboarding, 'watchTransactions' | 'sleepUntil'> {
  /** Hands recorded bytes to the network, in nonce order. */
  broadcast: {
    input: {
      attempts: readonly Attempt[]
      /** They were drafted by one look, and perhaps none was handed out yet. */
      isNew: boolean
    }
    /** `dropped`: not handed out, because somebody else used a nonce before them, so that they rest on a look of the past. */
    output: Onboarding['broadcast']['output'] & { dropped: readonly string[] }
  }
  /** Looks at the treasury and at those agents, and drafts what is to be sent next. */
  readTreasury: {
    input: {
      treasury: Address
      agents: readonly Beneficiary[]
      /** Stakes that are mined, and that no look has shown yet. */
      unproven: readonly Attempt[]
      /** A look that shows a lower nonce is of the past. */
      nextNonce: number
      /** No look of this pass has made sure that the agents can sign. */
      isFirst: boolean
      /** Base units that the treasury must hold and approve in addition to what the agents lack. Absent: nothing. */
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
      /** Settled stakes of this request that are said to have reverted. */
      reverted: readonly SettledAttempt[]
      /** By all settled transactions of this request. */
      spent: SpentSoFar
      /** By requests before this one that are held to the same budget. Absent: nothing. */
      earlier?: SpentSoFar
    }
    output: readonly Attempt[]
  }
  /** Signs again what is priced too low, under its nonce, and what fills a gap in the nonces; or opens again what did. Sends nothing. */
  replaceTransactions: {
    input: { address: Address; attempts: readonly Attempt[]; settled: SpentSoFar }
    output: readonly Attempt[]
  }
}
export type SponsoringEffectName = keyof SponsoringEffects

import type { Address } from './addresses.ts'
import type { Draft } from './attempt.ts'
import type { DiemPosition } from './fund.ts'

/** eoa: no code. delegated: EIP-7702, one transaction in flight at most. contract: cannot sign a challenge by itself. */
export type AccountKind = 'eoa' | 'delegated' | 'contract'

/** One look at the wallet and the staking contract. Amounts are base units as decimal strings. */
export interface Position {
  /** ISO 8601. */
  readAt: string
  blockNumber: string
  account: AccountKind
  eth: string
  vvv: string
  sVvv: string
  /** VVV the staking contract may pull. */
  allowance: string
  /** Behind the staking proxy; null when the contract is not behind one. */
  implementation: Address | null
  /**
   * The transactions still to be made, ready to sign, in nonce order: none when the stake is there; one where approve
   * and stake cannot go out together.
   */
  drafts: readonly Draft[]
  /** Wei the drafts, or the estimate where they cannot be drafted yet, may cost in all. */
  feeCeiling: string
  /** Where the drafts are for DIEM. */
  diem?: DiemPosition
}

import type { Address } from '../domain/addresses.ts'
import type { Redactor } from '../domain/redact.ts'
import { FleetTreasuryUnknownError } from '../errors/fleet.ts'
import type { SponsorPorts, SponsorSettings } from '../sponsoring/effects.ts'
import type { BudgetGuard } from './budget-guard.ts'

/** What a worker lets its treasury do. Base units of VVV, and wei; absent: no limit, but for `maxStake`, then 1 VVV. */
export interface TreasuryLimits {
  maxVvv?: bigint
  maxFeeWei?: bigint
  maxStake?: bigint
}

/** What a worker needs to act for a treasury. */
export interface OpenedTreasury {
  /** The signer is the treasury. */
  ports: SponsorPorts
  settings?: Pick<Partial<SponsorSettings>, 'confirmations'>
  /** Most that one list may spend, whatever it asks for, and that is staked for one wallet. */
  limits?: TreasuryLimits
  redactor?: Redactor
  /** Holds the treasury to what the whole fleet may spend. */
  budget?: BudgetGuard
  /**
   * Rejects with an error of ours where this fleet cannot sign for the wallet: what is staked for it would be somebody
   * else's, and whoever reaches Restate could name anybody.
   */
  requireHeld(wallet: { address: Address; index?: number | undefined }): Promise<void>
}

/** Finds the signer of a treasury. Rejects with an error of ours where there is none. */
export type OpenTreasury = (treasury: { chainId: number; address: Address }) => Promise<OpenedTreasury>

/** Of a worker that has no treasury. */
export const noTreasury: OpenTreasury = async ({ address }) => {
  throw new FleetTreasuryUnknownError(address)
}

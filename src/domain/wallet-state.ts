import { type Address, type Hex, isOfRecord } from './addresses.ts'
import type { Draft } from './attempt.ts'
import type { DiemState } from './fund.ts'

/** eoa: no code. delegated: EIP-7702, one transaction in flight at most, of several calls where its code makes them. contract: cannot sign a challenge by itself. smart: acts through user operations. */
export type AccountKind = 'eoa' | 'delegated' | 'contract' | 'smart'

/** credited: a simulated stake credits the wallet with exactly what it takes. unavailable: no endpoint simulates. */
export type StakeSimulation = 'credited' | 'unavailable'

/** One look at the wallet and the staking contract. Amounts are base units as decimal strings. */
export interface WalletState {
  /** ISO 8601. */
  readAt: string
  blockNumber: string
  account: AccountKind
  /** Of a smart account: what it acts through, and who pays for that. Absent for other accounts. */
  operations?: { entryPoint: Address; version: string; isSponsored: boolean; isDeployed: boolean }
  /** Of a wallet that makes calls together (EIP-5792): who pays for that. Absent for other accounts. */
  calls?: { isSponsored: boolean }
  /** Venice takes the signature of this contract: it said so when it was asked before anything was staked. */
  isSignatureTaken?: true
  /** The code that a delegated account runs. Absent for other accounts. */
  delegate?: Address
  /** Whom the wallet stakes for, and whose sVVV this tells. Absent: the wallet itself. */
  mintAs?: Address
  eth: string
  vvv: string
  sVvv: string
  /** VVV the staking contract may pull. */
  allowance: string
  /** Behind the staking proxy; null when the contract is not behind one. */
  implementation: Address | null
  /** Keccak-256 of the code behind the staking proxy. Absent where there is no proxy. */
  implementationHash?: Hex
  /** Absent where nothing is to be staked. */
  stakeSimulation?: StakeSimulation
  /**
   * The transactions still to be made, ready to sign, in nonce order: none when the stake is there; one where approve
   * and stake cannot go out together.
   */
  drafts: readonly Draft[]
  /** Wei the drafts, or the estimate where they cannot be drafted yet, may cost in all. */
  feeCeiling: string
  /** Where the drafts are for DIEM. */
  diem?: DiemState
}

/** The staking contract in a sentence: which code it runs, and what a simulation of the stake has shown. */
export function stakingText({ implementation, stakeSimulation }: WalletState): string {
  const known = isOfRecord(implementation) ? 'the one of record' : 'accepted, not the one of record'
  const shown = { credited: '; a simulated stake credits the wallet', unavailable: '; no endpoint simulates a stake' }
  return `Staking implementation ${implementation ?? 'none'}, ${known}${stakeSimulation ? shown[stakeSimulation] : ''}.`
}

/** What kind of account the wallet is, in a few words. */
export function accountText({
  account,
  delegate,
  operations,
  calls,
}: Pick<WalletState, 'account' | 'delegate' | 'operations' | 'calls'>): string {
  if (calls !== undefined)
    return `wallet that makes calls together; ${calls.isSponsored ? 'a paymaster is to pay the gas' : 'it pays the gas'}`
  if (operations !== undefined) {
    const { version, isSponsored, isDeployed } = operations
    const payer = isSponsored ? 'a paymaster pays the gas' : 'it pays the gas'
    return `smart account of EntryPoint ${version}${isDeployed ? '' : ', not deployed yet'}; ${payer}`
  }
  return delegate === undefined ? account : `delegates to ${delegate}`
}

/** Of a wallet that pays by itself: nothing is staked, and no transaction is signed. */
export const WITHOUT_TRANSACTIONS: WalletState = {
  readAt: new Date(0).toISOString(),
  blockNumber: '0',
  account: 'eoa',
  eth: '0',
  vvv: '0',
  sVvv: '0',
  allowance: '0',
  implementation: null,
  drafts: [],
  feeCeiling: '0',
}

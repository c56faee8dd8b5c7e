import { type Address, type Hex, isOfRecord } from './addresses.ts'
import type { Draft } from './attempt.ts'
import type { DiemState } from './fund.ts'

/**
 * eoa: no code. delegated: EIP-7702, at most one transaction in flight, which may hold several calls if its delegate
 * can do that. contract: cannot sign a challenge by itself. smart: acts through user operations.
 */
export type AccountKind = 'eoa' | 'delegated' | 'contract' | 'smart'

/**
 * credited: a simulated stake credits the wallet with exactly the staked amount. unavailable: no endpoint simulates.
 */
export type StakeSimulation = 'credited' | 'unavailable'

/** What was read of the wallet and the staking contract at one block. Amounts are base units as decimal strings. */
export interface WalletState {
  /** ISO 8601. */
  readAt: string
  blockNumber: string
  account: AccountKind
  /** For a smart account: its EntryPoint, and whether a paymaster pays. Absent for other accounts. */
  operations?: { entryPoint: Address; version: string; isSponsored: boolean; isDeployed: boolean }
  /** For a wallet that makes calls together (EIP-5792): whether a paymaster pays. Absent for other accounts. */
  calls?: { isSponsored: boolean }
  /** Venice accepts the signature of this contract. It said so before anything was staked. */
  isSignatureTaken?: true
  /** The delegate of a delegated account. Absent for other accounts. */
  delegate?: Address
  /** The address that the wallet stakes for, and whose sVVV this state shows. Absent: the wallet itself. */
  mintAs?: Address
  eth: string
  vvv: string
  sVvv: string
  /** VVV the staking contract may pull. */
  allowance: string
  /** Behind the staking proxy; null when the contract is not behind one. */
  implementation: Address | null
  /** Keccak-256 of the code behind the staking proxy. Absent if there is no proxy. */
  implementationHash?: Hex
  /** Absent if nothing is to be staked. */
  stakeSimulation?: StakeSimulation
  /**
   * The missing transactions, ready to sign, in nonce order. None if enough is staked; one if approve and stake cannot
   * be sent together.
   */
  drafts: readonly Draft[]
  /** The most wei that the drafts can cost together, or the estimate if they cannot be drafted yet. */
  feeCeiling: string
  /** Present if the drafts are for DIEM. */
  diem?: DiemState
}

/** The staking contract in a sentence: which code it runs, and what the simulated stake showed. */
export function stakingText({ implementation, stakeSimulation }: WalletState): string {
  const known = isOfRecord(implementation) ? 'the one of record' : 'accepted, not the one of record'
  const shown = { credited: '; a simulated stake credits the wallet', unavailable: '; no endpoint simulates a stake' }
  return `Staking implementation ${implementation ?? 'none'}, ${known}${stakeSimulation ? shown[stakeSimulation] : ''}.`
}

/** What `accountText` is made of. */
interface AccountFacts {
  account: AccountKind
  delegate?: string | undefined
  operations?: Omit<NonNullable<WalletState['operations']>, 'entryPoint'> | undefined
  calls?: WalletState['calls'] | undefined
}

/** What kind of account the wallet is, in a few words. */
export function accountText({ account, delegate, operations, calls }: AccountFacts): string {
  if (calls !== undefined)
    return `wallet that makes calls together; ${calls.isSponsored ? 'a paymaster is to pay the gas' : 'it pays the gas'}`
  if (operations !== undefined) {
    const { version, isSponsored, isDeployed } = operations
    const payer = isSponsored ? 'a paymaster pays the gas' : 'it pays the gas'
    return `smart account of EntryPoint ${version}${isDeployed ? '' : ', not deployed yet'}; ${payer}`
  }
  return delegate === undefined ? account : `delegates to ${delegate}`
}

/** The state for a wallet that pays by itself: nothing is staked, and no transaction is signed. */
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

import type { Address } from './addresses.ts'
import type { FundRequest } from './fund.ts'
import type { KeyRequest } from './key.ts'

/** The user's request. It is fixed for the whole run; another request needs another run. */
export interface OnboardingRequest {
  runId: string
  address: Address
  chainId: number
  /** Base units: the sVVV that the wallet is to hold. Only what is missing is staked. */
  stakeAmount: string
  key: KeyRequest
  /**
   * `wallet`: the wallet itself pays for calls with its own credit; nothing is staked or minted. Absent: a key pays.
   */
  credential?: 'wallet'
  /** The funding for the key. Absent: the funds that are there. */
  fund?: FundRequest
  /** The EOA that the wallet stakes for, and that mints the key with its own signature. Absent: the wallet itself. */
  mintAs?: Address
}

/** The address that holds the sVVV and signs for the key. */
export const minterIn = ({ address, mintAs }: Pick<OnboardingRequest, 'address' | 'mintAs'>): Address =>
  mintAs ?? address

/** The credential that pays for calls. */
export type CredentialKind = 'key' | 'wallet'

export const paysAsWallet = ({ credential }: Pick<OnboardingRequest, 'credential'>): boolean => credential === 'wallet'

import type { Address } from './addresses.ts'
import type { FundRequest } from './fund.ts'
import type { KeyRequest } from './key.ts'

/** What was asked for. Fixed for the whole run; a program that asks for something else needs another run. */
export interface OnboardingRequest {
  runId: string
  address: Address
  chainId: number
  /** Base units: the sVVV the wallet shall hold. What is missing is staked, nothing when it is there. */
  stakeAmount: string
  key: KeyRequest
  /** `wallet`: the wallet itself pays for calls, by credit of its own; nothing is staked or minted. Absent: a key does. */
  credential?: 'wallet'
  /** What to pay with once there is a key. Absent: whatever is there. */
  fund?: FundRequest
  /** The EOA that the wallet stakes for, and that mints the key with a signature of its own. Absent: the wallet itself. */
  mintAs?: Address
}

/** Who holds the sVVV, and signs for the key. */
export const minterIn = ({ address, mintAs }: Pick<OnboardingRequest, 'address' | 'mintAs'>): Address =>
  mintAs ?? address

/** What calls are to be paid with. */
export type CredentialKind = 'key' | 'wallet'

export const paysAsWallet = ({ credential }: Pick<OnboardingRequest, 'credential'>): boolean => credential === 'wallet'

import type { Address } from '../domain/addresses.ts'
import type { FundRequest } from '../domain/fund.ts'
import type { OwnedAccount } from '../domain/owned-account.ts'
import type { CredentialKind } from '../domain/request.ts'

/** Options of the contract, as commander reads them. Each value is checked when it is read; what they mean together, a request says. */
export interface Flags {
  network: 'sandbox' | 'base'
  rpcUrl?: string[]
  apiUrl?: string
  allowInsecureHttp?: boolean
  stateDir: string
  privateKeyFile?: string
  keystore?: string
  account?: string
  passwordFile?: string
  signer?: string
  /** The wallet is a smart account that the key owns. */
  smartAccount?: OwnedAccount
  bundlerUrl?: string
  paymasterUrl?: string
  /** An address, or `owner`. */
  mintAs?: Address | 'owner'
  mintAsPrivateKeyFile?: string
  address?: string
  /** A treasury stakes for the wallet. */
  sponsor?: boolean
  sponsorPrivateKeyFile?: string
  sponsorKeystore?: string
  sponsorAccount?: string
  sponsorPasswordFile?: string
  acceptImplementation?: Address
  stake?: bigint
  maxVvv?: bigint
  maxGasEth?: bigint
  /** Base units of 6 decimals: what `--prove` may cost, and what is paid. */
  maxUsd?: bigint
  keyType?: 'INFERENCE' | 'ADMIN'
  description?: string
  expiresAt?: string
  limit?: { usd?: number; diem?: number }
  limitPeriod?: 'EPOCH' | 'MONTH' | 'LIFETIME'
  modelPrivacy?: 'ALL' | 'PRIVATE_TEXT' | 'PRIVATE_ONLY'
  saveKey?: string[]
  replaceKey?: boolean
  /** `none`: no more, although the run was asked for it. */
  fund?: FundRequest | 'none'
  credential?: CredentialKind
  confirmations: number
  timeout?: number
  waitForFunds?: number
  requireFunded?: boolean
  prove?: boolean
  yes?: boolean
  planDigest?: string
  allowAdminKeys?: boolean
  blockTime?: string
  inspect?: boolean
  metricsFile?: string
  trace?: string
}

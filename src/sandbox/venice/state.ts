import type { Address, Hex } from '../../domain/addresses.ts'
import type { ChallengeForm } from '../../domain/challenge.ts'
import type { FaultScript } from '../faults.ts'
import { type Accounts, createAccounts } from './accounts.ts'
import { type Auth, createAuth } from './auth.ts'
import { type ChainReader, createChainReader } from './chain-reader.ts'
import { type Challenges, createJwtChallenges, createSiweChallenges, type TokenClaims } from './challenge.ts'
import { createKeyStore, type KeyStore } from './keys.ts'
import { createLimits, type Limits } from './limits.ts'
import { createSiwxVerifier } from './siwx.ts'
import { createSpending, type Spending } from './spending.ts'

/** An EIP-3009 authorisation to move USDC, as signed by the payer. Times in seconds since the epoch. */
export interface TransferAuthorization {
  from: Address
  to: Address
  /** Base units. */
  value: bigint
  validAfter: bigint
  validBefore: bigint
  nonce: Hex
  signature: Hex
}

export interface VeniceOptions {
  /** Node of the chain on which stakes and balances are read, and to which `/crypto/rpc/base-mainnet` relays. */
  rpcUrl: string
  /** Default `jwt`. */
  challenge?: ChallengeForm
  /** Life of a challenge in milliseconds. Default 900_000. */
  tokenLifeMs?: number
  /** Milliseconds added to every API request. Default 0. */
  latencyMs?: number
  /** Milliseconds between two chunks of a stream. Default 0. */
  chunkPauseMs?: number
  faults?: FaultScript
  /** False: no limits per minute, for many clients at one address. Default true. */
  isLimited?: boolean | undefined
  /** Default 0: any free port. */
  port?: number
  /** Milliseconds since the epoch. Default `Date.now`. */
  clock?: () => number
  /**
   * Sends `transferWithAuthorization` and resolves with its hash once it is mined. Rejects when no funds moved. Without
   * it, top-ups answer 503.
   */
  settle?: (authorization: TransferAuthorization) => Promise<Hex>
}

/** Everything the routes share. */
export interface VeniceState {
  rpcUrl: string
  clock: () => number
  settle: VeniceOptions['settle']
  chain: ChainReader
  keys: KeyStore
  accounts: Accounts
  spending: Spending
  auth: Auth
  limits: Limits
  challengeForm: ChallengeForm
  challenges: Record<ChallengeForm, Challenges>
  signToken: (claims?: TokenClaims) => Promise<string>
  /** The number of mints to answer as if the chain lagged, or could not be read. */
  scripted: { stakeLag: number; verificationFailures: number }
}

const TOKEN_LIFE_MS = 15 * 60_000

/** An empty Venice. Side effect: generates the key pair that signs its tokens. */
export async function createState(options: VeniceOptions): Promise<VeniceState> {
  const { rpcUrl, clock = Date.now, tokenLifeMs = TOKEN_LIFE_MS } = options
  const chain = createChainReader(rpcUrl)
  const keys = createKeyStore({ clock })
  const accounts = createAccounts({ chain, clock })
  const { challenges: jwt, sign } = await createJwtChallenges({ clock, lifeMs: tokenLifeMs })
  return {
    rpcUrl,
    clock,
    settle: options.settle,
    chain,
    keys,
    accounts,
    spending: createSpending({ accounts, clock }),
    auth: createAuth({ keys, siwx: createSiwxVerifier({ chain, clock }), clock }),
    limits: createLimits({ keys, clock, isLimited: options.isLimited }),
    challengeForm: options.challenge ?? 'jwt',
    challenges: { jwt, siwe: createSiweChallenges({ clock, lifeMs: tokenLifeMs }) },
    signToken: sign,
    scripted: { stakeLag: 0, verificationFailures: 0 },
  }
}

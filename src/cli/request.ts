import type { SignerOptions } from '../adapters/signers/signer-from-options.ts'
import type { Address } from '../domain/addresses.ts'
import type { Budget } from '../domain/budget.ts'
import type { OwnedAccount } from '../domain/owned-account.ts'
import type { Wanted } from '../operations/wanted.ts'

/** URLs, and the option or the variable that named them, for messages. */
export interface Named<T> {
  value: T
  source: string
}

/** Endpoints as they were given. Nothing is required of them before a command needs them: see `endpoints.ts`. */
export interface GivenEndpoints {
  rpcUrls: Named<readonly string[]>
  apiUrl: string
  bundlerUrl: Named<string> | null
  paymasterUrl: Named<string> | null
  /** Clear text beyond this machine is allowed. */
  allowsClearText: boolean
}

/** What signs. The values of variables are secrets, and are in here until the signer is made of them. */
export interface GivenKeys {
  wallet: SignerOptions
  sponsor: SignerOptions & { role: 'sponsor' }
  /** The key of `mintAs`. */
  minter: { privateKey: string | undefined; file: string | undefined }
}

/**
 * What a command is asked to do: its options and the environment, read once by `requestOf`, in the words of the domain.
 * What an option leaves out has its default, or is undefined where the record or the chain decides.
 */
export interface Request {
  network: 'sandbox' | 'base'
  /** An absolute path. */
  stateDir: string
  /** The wallet that is meant; null: that of the key, or of the only run. */
  address: Address | null
  endpoints: GivenEndpoints
  keys: GivenKeys
  /** The wallet is a smart account that the key owns; null: it is the key's own. */
  smartAccount: OwnedAccount | null
  /** Who mints in place of a smart account. */
  mintAs: Address | 'owner' | null
  /** A treasury stakes for the wallet. */
  isSponsored: boolean
  acceptImplementation: Address | undefined
  wanted: Wanted
  budget: Budget
  /** Places for the key, in the order of preference; empty: that of the network. */
  saveKey: readonly string[]
  mayReplaceKey: boolean
  confirmations: number
  /** Milliseconds, as all times here. */
  timeoutMs: number | undefined
  waitForFundsMs: number | undefined
  mustBeFunded: boolean
  mustProve: boolean
  /** Nothing is asked of a person. */
  yes: boolean
  /** The plan that was approved beforehand. */
  planDigest: string | undefined
  /** A model may mint ADMIN keys. */
  allowAdminKeys: boolean
  blockTimeMs: number
  /** A page shows the run. */
  isInspected: boolean
  /** Absolute paths. */
  metricsFile: string | undefined
  traceFile: string | undefined
}

/** What needs a yes is done without asking: with `--yes`, and in the sandbox, where nothing has value. */
export const isUnasked = ({ network, yes }: Pick<Request, 'network' | 'yes'>): boolean => network === 'sandbox' || yes

/** The same, or the plan was approved by its digest. */
export const isApproved = (request: Pick<Request, 'network' | 'yes' | 'planDigest'>): boolean =>
  isUnasked(request) || request.planDigest !== undefined

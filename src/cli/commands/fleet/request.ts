import type { Address } from '../../../domain/addresses.ts'
import type { Budget } from '../../../domain/budget.ts'
import type { WalletKeys } from '../../../fleet/opener.ts'
import type { Request } from '../../request.ts'

/** What a command of the fleet is asked to do. Paths are absolute. */
export interface FleetRequest extends Request {
  /** Restate; undefined: where the environment, or `fleet dev`, says that it is. */
  restate: { ingressUrl: string | undefined; adminUrl: string | undefined; authToken: string | undefined }
  walletKeys: WalletKeys
  /** Whose key signs for the wallets of `fleet sponsor`; undefined: the one whose key is given. */
  treasury: Address | undefined
  serving: Serving
  /** For all wallets together. */
  fleetBudget: Budget
}

/** How a worker is reached, and how much it does. */
export interface Serving {
  host: string
  /** 0 takes a free one; undefined: the same. */
  port: number | undefined
  /** URL by which Restate reaches it, if another. */
  advertise: string | undefined
  /** Public keys of the Restate that may call; undefined: that of the state directory. */
  identityKeys: readonly string[] | undefined
  allowAnyRestate: boolean
  /** Runs under way at a time; undefined: the worker's default. */
  concurrency: number | undefined
  /** Requests per second of all workers together; undefined: no limit. */
  rpcRate: number | undefined
  veniceRate: number | undefined
}

/** Wallets to hand in, of a list or of a range of the seed. */
export interface SubmitRequest extends FleetRequest {
  range: { from: number; to: number } | undefined
  isDryRun: boolean
}

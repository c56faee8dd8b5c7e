import type { Request } from '../request.ts'

/** How the wallet's credit is refilled. Base units of USDC. */
export interface Refilling {
  /** Credit after a refill. */
  to: bigint
  /** Credit under which it is refilled. */
  floor: bigint
  budget: { maxUsd: bigint; maxUsdPerDay?: bigint }
}

/** What `gateway` is asked to serve. Its credential is that of `wanted`. */
export interface GatewayRequest extends Request {
  host: string
  /** 0 takes a free one. */
  port: number
  /** Absolute path; undefined: in the run's directory. */
  tokenFile: string | undefined
  /** Null: the credit is not refilled. */
  refill: Refilling | null
}

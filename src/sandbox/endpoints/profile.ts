import type { JsonRpcError } from '../node-rpc.ts'
import type { Behind } from '../timeline.ts'

/** An error with a provider's text. */
export interface Refusal {
  code: number
  message: string
  data?: unknown
  /** HTTP status. Default 200. Any other status is the answer to the whole HTTP request, a batch included. */
  status?: number
  headers?: Record<string, string>
  /** Answer to a whole batch: one error object with a null id, or a list with one error each. Default one. */
  form?: 'one' | 'each'
}

/** How far the parts of one node are behind the chain. Omitted parts are not behind. */
export interface Lag {
  /** Block number, latest block, `newHeads`. */
  head?: Behind
  /** The lag of `latest` for calls, estimates, balances, nonces, code and storage. */
  state?: Behind
  /** Receipts, mined transactions and logs. Default: as the state. */
  receipts?: Behind
  /** The lag of `pending`. Default: as the state. */
  pending?: Behind
  /** The answer to a request for the state of a block that is not there yet. Default -32000 `header not found`. */
  missing?: Refusal
  /** Blocks show a time that is this many milliseconds older. */
  clockMs?: number
}

/** A token bucket: every JSON-RPC request takes one token, also in a batch. */
export interface RateLimit {
  capacity: number
  perSecond: number
  refusal: Refusal
}

/**
 * How an endpoint differs from a node of Base that serves everything at once. Plain data: use a profile of this folder,
 * or make one with `combine`.
 */
export interface EndpointProfile {
  /** Batches of more than `max` are refused. */
  batch?: { max: number; refusal: Refusal }
  /** The answer to a third parameter of `eth_call` or `eth_estimateGas`. */
  stateOverride?: Refusal
  /** The answer to the block tag `pending`, in place of the answer to `latest`. */
  pending?: Refusal | { result: unknown }
  /** Answers by method, for missing or different methods. */
  methods?: Record<string, Refusal | { result: unknown }>
  /** The answer to everything. */
  everything?: Refusal
  rate?: RateLimit
  /** One node, or several that answer HTTP requests in turn. */
  lag?: Lag | readonly Lag[]
  /** The least milliseconds that each HTTP request takes. */
  latencyMs?: number
  /** Accepts requests and never answers. */
  hangs?: boolean
  /** WebSocket: how many times a second the last head is announced again, after the announcement when it was new. */
  repeatedHeads?: number
  /** Path and query of the URL, which hold the key at some providers. Default `/`. */
  path?: string
  /** Every error quotes the whole URL. */
  echoesUrl?: boolean
  /** False: an unmined transaction is unknown even at the node that received it. Default true. */
  knowsOwn?: boolean
}

/** Combines several profiles into one; later ones win. Answers by method are merged. */
export function combine(...profiles: readonly EndpointProfile[]): EndpointProfile {
  const methods = Object.assign({}, ...profiles.map((profile) => profile.methods))
  return { ...Object.assign({}, ...profiles), ...(Object.keys(methods).length > 0 && { methods }) }
}

/** One node that is behind in everything. */
export const replicaBehind = (behind: Behind): EndpointProfile => ({
  lag: { head: behind, state: behind, receipts: behind },
})

/** geth's text. @see https://github.com/ethereum/go-ethereum/blob/master/eth/api_backend.go */
export const HEADER_NOT_FOUND: Refusal = { code: -32000, message: 'header not found' }

/** The error of Base's nodes for a missing method. */
export const methodNotFound = (method: string): Refusal => ({
  code: -32601,
  message: `the method ${method} does not exist/is not available`,
})

export const asError = ({ code, message, data }: Refusal): JsonRpcError => ({
  code,
  message,
  ...(data !== undefined && { data }),
})

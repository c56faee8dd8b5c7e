import type { JsonRpcError } from '../node-rpc.ts'
import type { Behind } from '../timeline.ts'

/** An error in the words of a provider. */
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

/** How far the parts of one node are behind the chain. What is left out is not behind. */
export interface Lag {
  /** Block number, latest block, `newHeads`. */
  head?: Behind
  /** What `latest` means to calls, estimates, balances, nonces, code and storage. */
  state?: Behind
  /** Receipts, mined transactions and logs. Default: as the state. */
  receipts?: Behind
  /** What `pending` means. Default: as the state. */
  pending?: Behind
  /** The answer to a request for the state of a block that is not there yet. Default -32000 `header not found`. */
  missing?: Refusal
  /** Blocks show a time that is so many milliseconds older. */
  clockMs?: number
}

/** What a bucket of tokens allows: every JSON-RPC request takes one, those in a batch too. */
export interface RateLimit {
  capacity: number
  perSecond: number
  refusal: Refusal
}

/**
 * How an endpoint differs from a node of Base that does everything at once. Plain data: take a profile of this folder, or
 * make one with `combine`.
 */
export interface EndpointProfile {
  /** Batches of more than `max` are refused. */
  batch?: { max: number; refusal: Refusal }
  /** The answer to a third parameter of `eth_call` or `eth_estimateGas`. */
  stateOverride?: Refusal
  /** The answer to the block tag `pending`, in place of that to `latest`. */
  pending?: Refusal | { result: unknown }
  /** Answers by method, for what is missing or differs. */
  methods?: Record<string, Refusal | { result: unknown }>
  /** The answer to everything. */
  everything?: Refusal
  rate?: RateLimit
  /** One node, or several that take HTTP requests in turn. */
  lag?: Lag | readonly Lag[]
  /** Milliseconds that each HTTP request takes at least. */
  latencyMs?: number
  /** Takes requests and never answers. */
  hangs?: boolean
  /** WebSocket: the last head is announced this often, in times a second, besides once when it is new. */
  repeatedHeads?: number
  /** Path, and query, of the URL: where a provider has the key. Default `/`. */
  path?: string
  /** Every error names the whole URL. */
  echoesUrl?: boolean
  /** False: a transaction that is not mined is unknown even where it was sent. Default true. */
  knowsOwn?: boolean
}

/** One profile of several; what comes later counts. Answers by method are joined. */
export function combine(...profiles: readonly EndpointProfile[]): EndpointProfile {
  const methods = Object.assign({}, ...profiles.map((profile) => profile.methods))
  return { ...Object.assign({}, ...profiles), ...(Object.keys(methods).length > 0 && { methods }) }
}

/** One node that is behind in everything it shows. */
export const replicaBehind = (behind: Behind): EndpointProfile => ({
  lag: { head: behind, state: behind, receipts: behind },
})

/** geth's words. @see https://github.com/ethereum/go-ethereum/blob/master/eth/api_backend.go */
export const HEADER_NOT_FOUND: Refusal = { code: -32000, message: 'header not found' }

/** What Base's nodes say of a method they lack. */
export const methodNotFound = (method: string): Refusal => ({
  code: -32601,
  message: `the method ${method} does not exist/is not available`,
})

export const asError = ({ code, message, data }: Refusal): JsonRpcError => ({
  code,
  message,
  ...(data !== undefined && { data }),
})

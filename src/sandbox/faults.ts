/** The effect of a scripted fault on a matching request. */
export type FaultEffect =
  /** Answers in place of the server; the request is not handled. A string body is sent as it is. */
  | { kind: 'reply'; status: number; headers?: Record<string, string>; body: unknown }
  /** JSON-RPC only: an error object in place of the node's answer, by default in an HTTP 200. */
  | {
      kind: 'rpcError'
      code: number
      message: string
      data?: string
      status?: number
      headers?: Record<string, string>
    }
  /** JSON-RPC only: this result in place of the node's answer; the request is not handled. */
  | { kind: 'rpcResult'; result: unknown }
  /** JSON-RPC `eth_sendRawTransaction` and `eth_sendUserOperation` only: answers with the hash, and nothing else happens. */
  | { kind: 'forget' }
  /** Handles the request after `ms` milliseconds. */
  | { kind: 'delay'; ms: number }
  /** Resets the connection; the request is not handled. */
  | { kind: 'dropBefore' }
  /** Handles the request, then resets the connection without an answer. */
  | { kind: 'dropAfter' }
  /**
   * Venice only: handles the request, then sends this in place of its own answer, as a gateway after a time-out does.
   */
  | { kind: 'replyAfter'; status: number; headers?: Record<string, string>; body: unknown }
  /** Handles the request, sends the first `bytes` bytes of the body, then resets the connection. */
  | { kind: 'truncate'; bytes: number }
  /** Answers in place of the server with bytes that need not be text. */
  | { kind: 'bytes'; status: number; headers?: Record<string, string>; base64: string }
  /** Answers with blanks: as many as the client reads, at most `bytes`. The request is not handled. */
  | { kind: 'flood'; bytes: number }
  /**
   * Begins an answer, and sends one more byte of its headers or body every `ms`, for ever. The request is not handled.
   */
  | { kind: 'drip'; part: 'headers' | 'body'; ms: number }
  /** JSON-RPC only: spoils the list of answers to a batch. */
  | { kind: 'batch'; as: BatchSpoilt }

/**
 * reversed: in another order, as nodes may send it. short: the first is missing. repeated: the first comes twice.
 * otherIds: no answer has the id of its request. single: one answer, not in a list.
 */
export const BATCH_SPOILT = ['reversed', 'short', 'repeated', 'otherIds', 'single'] as const
export type BatchSpoilt = (typeof BATCH_SPOILT)[number]

/** One scripted fault: the matching requests, how often it applies, and its effect. */
export interface Fault {
  /** A Venice route (`'POST /api_keys/generate_web3_key'`, without the `/api/v1` prefix) or a JSON-RPC method. */
  on: string
  /** The number of matching requests that pass unchanged first. Default 0. */
  skip?: number
  /** The number of matching requests that it affects after that. Default 1; `Infinity` for all. */
  times?: number
  effect: FaultEffect
}

/** The faults of one sandbox, taken in the order they were added. */
export interface FaultScript {
  add(...faults: Fault[]): void
  clear(): void
  /**
   * The effect for this request, or undefined. Counts the request for every matching fault, up to the one that applies.
   */
  take(target: string): FaultEffect | undefined
}

export function createFaultScript(initial: readonly Fault[] = []): FaultScript {
  let pending: { on: string; skip: number; times: number; effect: FaultEffect }[] = []
  const add = (...faults: Fault[]) => {
    for (const { on, skip = 0, times = 1, effect } of faults) pending.push({ on, skip, times, effect })
  }
  add(...initial)
  return {
    add,
    clear() {
      pending = []
    },
    take(target) {
      for (const fault of pending) {
        if (fault.on !== target) continue
        if (fault.skip > 0) {
          fault.skip -= 1
          continue
        }
        fault.times -= 1
        if (fault.times <= 0) pending = pending.filter((other) => other !== fault)
        return fault.effect
      }
      return undefined
    },
  }
}

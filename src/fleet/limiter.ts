import { randomUUID } from 'node:crypto'
import type { Clock } from '../ports/clock.ts'
import { LEASE_MS, REST_MS } from './shares.ts'

const BEAT_MS = 1_000
/** A lease that is not answered in this time is asked for again. */
const ANSWER_MS = 3_000

export interface LimiterOptions {
  /** Requests per second of all workers together. */
  cap: number
  /** Name of this worker, the same after a restart. */
  worker: string
  clock: Clock
  /** Asks the object that shares the cap out. */
  lease(
    request: { worker: string; process: string; cap: number; holds: number; wants: number },
    signal: AbortSignal,
  ): Promise<number>
}

/** This worker's part of a cap of requests per second. */
export interface Limiter {
  /** Does `work` once it may, and keeps its places for a second after it. In the order of asking. */
  run<T>(work: () => Promise<T>, options?: { places?: number; signal?: AbortSignal | null }): Promise<T>
  close(): void
}

/**
 * Lets through what the lease allows. With no lease, or one that has run out because Restate cannot be reached, nothing
 * goes out.
 *
 * Side effects: asks for a lease about every second, until `close`; keeps no process alive.
 */
export function createLimiter({ cap, worker, clock, lease }: LimiterOptions): Limiter {
  const process = randomUUID()
  const waiting: { places: number; start: () => void; isGone: () => boolean }[] = []
  let inUse = 0
  let allowed = 0
  let validUntilMs = 0
  let isAsking = false
  let isClosed = false

  const mayStart = (places: number) => inUse + places <= allowed && clock.now() < validUntilMs
  function startWaiting(): void {
    for (let [next] = waiting; next !== undefined; [next] = waiting) {
      if (!next.isGone() && !mayStart(next.places)) return
      waiting.shift()
      if (!next.isGone()) next.start()
    }
  }

  async function beat(): Promise<void> {
    if (isAsking || isClosed) return
    isAsking = true
    const sentAtMs = clock.now()
    const queued = waiting.reduce((sum, { places }) => sum + places, 0)
    const wants = Math.min(cap, inUse + queued)
    try {
      const request = { worker, process, cap, holds: Math.max(inUse, allowed), wants }
      allowed = await lease(request, AbortSignal.timeout(ANSWER_MS))
      validUntilMs = sentAtMs + LEASE_MS
    } catch {
      // The lease before runs out by itself, and then nothing goes out.
    } finally {
      isAsking = false
    }
    startWaiting()
  }
  const timer = setInterval(beat, BEAT_MS).unref()

  function enter(places: number, signal: AbortSignal | null): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      const onAbort = () => reject(signal?.reason)
      signal?.addEventListener('abort', onAbort, { once: true })
      waiting.push({
        places,
        isGone: () => signal?.aborted === true,
        start() {
          signal?.removeEventListener('abort', onAbort)
          inUse += places
          resolve()
        },
      })
      startWaiting()
      if (waiting.length > 0 && allowed === 0) void beat()
    })
  }

  return {
    async run(work, { places = 1, signal = null } = {}) {
      await enter(places, signal)
      try {
        return await work()
      } finally {
        setTimeout(() => {
          inUse -= places
          startWaiting()
        }, REST_MS).unref()
      }
    },
    close() {
      isClosed = true
      clearInterval(timer)
    },
  }
}

type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>

/**
 * `fetch` that waits its turn, and whose time-out begins with it. A request is sent before its answer comes, so that an
 * answer is the end of its turn, whatever is still to be read of it.
 *
 * @param sizeOf - requests in a body, where one exchange holds several. Default: 1.
 */
export const limitedFetch =
  (
    limiter: Limiter,
    { fetch, timeoutMs, sizeOf = () => 1 }: { fetch: Fetch; timeoutMs: number; sizeOf?: (body: unknown) => number },
  ): Fetch =>
  (input, init) => {
    const signal = init?.signal ?? (input instanceof Request ? input.signal : null)
    const exchange = () => {
      const timeout = AbortSignal.timeout(timeoutMs)
      return fetch(input, { ...init, signal: signal === null ? timeout : AbortSignal.any([signal, timeout]) })
    }
    return limiter.run(exchange, { places: sizeOf(init?.body), signal })
  }

import { randomBytes, randomInt } from 'node:crypto'
import type { Clock } from '../ports/clock.ts'
import { timed } from './timing.ts'

/**
 * The longest single timer. The time is read again after each, so that a wait ends in time on a machine that was
 * suspended.
 */
const SLICE_MS = 15_000

/** The sources of a clock. */
export interface TimeSources {
  /** Milliseconds since the epoch, by a clock that may be set. */
  wallMs(): number
  /** Milliseconds since a fixed moment, by a clock that is never set. It may stop while the machine is suspended. */
  steadyMs(): number
  /** Rejects with the reason of `signal` when that aborts. */
  sleep(ms: number, signal: AbortSignal | undefined): Promise<void>
}

/**
 * A clock that never goes back. If the wall clock is set back by an hour, this clock runs on: otherwise a wait would
 * last an hour longer, and data of an hour ago would count as new. If the wall clock is set forward, this clock
 * follows.
 */
export function createClock({ wallMs, steadyMs, sleep }: TimeSources): Clock {
  let nowMs = wallMs()
  let seenMs = steadyMs()
  const now = (): number => {
    const passedMs = steadyMs() - seenMs
    seenMs += passedMs
    nowMs = Math.max(wallMs(), nowMs + passedMs)
    return Math.floor(nowMs)
  }
  return {
    now,
    async sleepUntil(atMs, signal) {
      const end = timed('waits', 'wait')
      try {
        for (let left = atMs - now(); left > 0; left = atMs - now()) await sleep(Math.min(left, SLICE_MS), signal)
      } finally {
        end()
      }
      signal?.throwIfAborted()
    },
    random: () => randomInt(2 ** 32) / 2 ** 32,
    id: (length) => randomBytes(length).toString('base64url').replaceAll(/[-_]/g, 'x').slice(0, length),
  }
}

/** This machine's time and randomness. */
export const systemClock: Clock = createClock({
  wallMs: () => Date.now(),
  steadyMs: () => performance.now(),
  sleep,
})

function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason)
    const stop = () => {
      clearTimeout(timer)
      reject(signal?.reason)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop)
      resolve()
    }, ms)
    signal?.addEventListener('abort', stop, { once: true })
  })
}

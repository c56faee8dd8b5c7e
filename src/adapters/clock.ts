import { randomBytes, randomInt } from 'node:crypto'
import type { Clock } from '../ports/clock.ts'
import { timed } from './timing.ts'

/** Longest single timer. The time is looked at again after it, so that a machine that was suspended ends a wait in time. */
const SLICE_MS = 15_000

/** What a clock is made of. */
export interface TimeSources {
  /** Milliseconds since the epoch, by a clock that somebody may set. */
  wallMs(): number
  /** Milliseconds since any moment, by a clock that nobody sets; it may stand still while the machine is suspended. */
  steadyMs(): number
  /** Rejects with the reason of `signal` when that aborts. */
  sleep(ms: number, signal: AbortSignal | undefined): Promise<void>
}

/**
 * A clock that never goes back. Where the wall clock is set back, it goes on at its own pace: otherwise a wait would last
 * an hour longer, and what is an hour old would count as new. Where the wall clock is set forward, it follows.
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

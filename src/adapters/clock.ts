import { randomBytes, randomInt } from 'node:crypto'
import type { Clock } from '../ports/clock.ts'

/** Longest single timer. The wall clock is looked at again after it, so that a suspended machine or a clock that jumps ends a wait in time. */
const SLICE_MS = 15_000

/** This machine's wall clock and randomness. */
export const systemClock: Clock = {
  now: () => Date.now(),
  async sleepUntil(atMs, signal) {
    for (let left = atMs - Date.now(); left > 0; left = atMs - Date.now()) await sleep(Math.min(left, SLICE_MS), signal)
    signal?.throwIfAborted()
  },
  random: () => randomInt(2 ** 32) / 2 ** 32,
  id: (length) => randomBytes(length).toString('base64url').replaceAll(/[-_]/g, 'x').slice(0, length),
}

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

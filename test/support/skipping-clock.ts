import type { Clock } from '../../src/ports/clock.ts'

/**
 * `clock`, except that a wait returns at once and moves the clock forward by its length. So twelve retries with their
 * real backoff take only the time of their requests.
 */
export function skippingClock(clock: Clock): Clock {
  let skippedMs = 0
  const now = () => clock.now() + skippedMs
  return {
    ...clock,
    now,
    async sleepUntil(atMs, signal) {
      signal?.throwIfAborted()
      skippedMs += Math.max(atMs - now(), 0)
    },
  }
}

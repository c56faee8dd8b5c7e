import type { Clock } from '../../src/ports/clock.ts'

/**
 * `clock`, except that a wait takes no time: it moves the clock on by what was left of it. So twelve retries with their
 * real backoff pass in the time of their requests.
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

import type { Clock } from '../../ports/clock.ts'

/** This machine's clock, corrected by what Venice's answers have shown of Venice's. For times that are signed. */
export interface ServerClock extends Pick<Clock, 'now' | 'id'> {
  /** Milliseconds that Venice's clock is ahead and that `now` is corrected by; 0 while nothing is known. */
  skewMs(): number
  /** An answer has told the time. */
  isKnown(): boolean
  /** Takes the time that an answer told. */
  learn(answer: { serverMs: number; sentAtMs: number }): void
}

/**
 * Milliseconds. By more than this a signed time is not moved, whatever a server says: a server that is not Venice's could
 * have a credential signed that is good long after today.
 */
const MOST_SKEW_MS = 10 * 60_000

/** Milliseconds. A `Date` header counts whole seconds, and its answer takes a moment: less than this shows nothing. */
const LEAST_SKEW_MS = 2_000

/** A clock that follows Venice's, within ten minutes of `clock`. */
export function serverClock(clock: Pick<Clock, 'now' | 'id'>): ServerClock {
  let skew = 0
  let isKnown = false
  return {
    now: () => clock.now() + skew,
    id: clock.id,
    skewMs: () => skew,
    isKnown: () => isKnown,
    learn({ serverMs, sentAtMs }) {
      const off = serverMs - sentAtMs
      isKnown = true
      skew = Math.abs(off) < LEAST_SKEW_MS || Math.abs(off) > MOST_SKEW_MS ? 0 : off
    },
  }
}

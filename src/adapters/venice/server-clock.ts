import type { Clock } from '../../ports/clock.ts'

/** This machine's clock, corrected to Venice's clock as seen in its answers. For times that are signed. */
export interface ServerClock extends Pick<Clock, 'now' | 'id'> {
  /** Milliseconds that Venice's clock is ahead, which `now` adds; 0 while unknown. */
  skewMs(): number
  /** An answer has shown the time. */
  isKnown(): boolean
  /** Takes the time of an answer. */
  learn(answer: { serverMs: number; sentAtMs: number }): void
}

/**
 * Milliseconds. A signed time is never corrected by more than this: otherwise another server could get a credential
 * that is valid long after today.
 */
const MOST_SKEW_MS = 10 * 60_000

/**
 * Milliseconds. A `Date` header has whole seconds, and its answer takes a moment, so a smaller difference means
 * nothing.
 */
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

import type { TimeSources } from '../../src/adapters/clock.ts'

/** Real time, and a wall clock that can be set. */
export interface SettableTime extends TimeSources {
  /** Real milliseconds passed. */
  readonly passedMs: number
  /** Lets `ms` pass, by every clock. */
  pass(ms: number): void
  /** Sets the wall clock forward, or back by a negative `ms`. */
  set(ms: number): void
}

/** No test takes this long: a longer sleep would never end, and is an error. */
const LONGEST_MS = 24 * 3_600_000

/** Virtual time: a sleep returns at once. `onSleep` is called before each. */
export function settableTime(startMs: number, onSleep: (ms: number) => void = () => {}): SettableTime {
  let passedMs = 0
  let offMs = 0
  return {
    get passedMs() {
      return passedMs
    },
    pass(ms) {
      passedMs += ms
    },
    set(ms) {
      offMs += ms
    },
    wallMs: () => startMs + passedMs + offMs,
    steadyMs: () => passedMs,
    async sleep(ms, signal) {
      signal?.throwIfAborted()
      if (passedMs > LONGEST_MS) throw new Error('It sleeps for days.')
      onSleep(ms)
      passedMs += ms
    },
  }
}

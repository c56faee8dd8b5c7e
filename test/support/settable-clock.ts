import type { TimeSources } from '../../src/adapters/clock.ts'

/** Time as it passes, and a wall clock that may be set. */
export interface SettableTime extends TimeSources {
  /** Milliseconds that have truly passed. */
  readonly passedMs: number
  /** Lets `ms` pass, by every clock. */
  pass(ms: number): void
  /** Sets the wall clock forward, or back by a negative `ms`. */
  set(ms: number): void
}

/** Nothing that is tried here takes so long: a sleep that would never end is an error. */
const LONGEST_MS = 24 * 3_600_000

/** Virtual time: a sleep takes none. `onSleep` is told before each. */
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

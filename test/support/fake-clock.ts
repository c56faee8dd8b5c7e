import type { Clock } from '../../src/ports/clock.ts'

export const START = '2026-11-23T12:00:00.000Z'

export interface FakeClock extends Clock {
  /** Ends of the waits so far, ISO 8601. */
  readonly wakes: readonly string[]
  /** Lets `ms` pass. */
  pass(ms: number): void
}

/** Virtual time: a sleep returns at once, and moves `now` to its end. Random values come from `seed`. */
export function fakeClock({ seed = 1, start = START }: { seed?: number; start?: string } = {}): FakeClock {
  let nowMs = Date.parse(start)
  let state = seed
  let ids = 0
  const wakes: string[] = []
  return {
    wakes,
    pass(ms) {
      nowMs += ms
    },
    now: () => nowMs,
    async sleepUntil(atMs, signal) {
      signal?.throwIfAborted()
      nowMs = Math.max(nowMs, atMs)
      wakes.push(new Date(nowMs).toISOString())
    },
    // mulberry32
    random() {
      state = (state + 0x6d2b79f5) | 0
      let t = Math.imul(state ^ (state >>> 15), 1 | state)
      t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
      return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
    },
    id(length) {
      ids += 1
      return String(ids).padStart(length, '0')
    },
  }
}

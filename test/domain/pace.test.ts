import { describe, expect, it } from 'vitest'
import { createPace, millisecondsOf, type PaceHead } from '../../src/domain/pace.ts'

const START_MS = 1_800_000_000_000

/** Heads of a chain with a block at each of `times`, in milliseconds, as seen at each of `looks`. */
function heads(times: readonly number[], looks: readonly number[], { hasMs = false } = {}): PaceHead[] {
  return looks.flatMap((look) => {
    const index = times.findLastIndex((time) => time <= look)
    const time = times[index]
    if (time === undefined) return []
    const ms = START_MS + time
    return {
      number: BigInt(index + 1),
      timestamp: Math.floor(ms / 1_000),
      ...(hasMs && { timestampMs: ms }),
      seenAtMs: START_MS + look,
    }
  })
}

const every = (ms: number, count: number, from = 0): number[] => Array.from({ length: count }, (_, i) => from + i * ms)

function paceOf(seen: readonly PaceHead[]) {
  const pace = createPace()
  for (const head of seen) pace.see(head)
  return pace
}

const within = (actual: number, wanted: number, percent: number) => {
  expect(actual).toBeGreaterThanOrEqual(wanted * (1 - percent / 100))
  expect(actual).toBeLessThanOrEqual(wanted * (1 + percent / 100))
}

describe('the observed pace', () => {
  it('starts with Base’s pace', () => expect(createPace().blockTimeMs()).toBe(200))

  it.each([200, 2_000, 12_000])('of a block each %i ms is exact with millisecond timestamps', (ms) => {
    const pace = paceOf(heads(every(ms, 50), [0, 1.7 * ms, 4.2 * ms, 9.9 * ms], { hasMs: true }))
    expect(pace.blockTimeMs()).toBe(ms)
  })

  it('of five blocks a second with equal timestamps is exact by the local clock', () => {
    const pace = paceOf(heads(every(200, 60), every(330, 20)))
    within(pace.blockTimeMs(), 200, 15)
  })

  it.each([2_000, 12_000])('of a block each %i ms is exact with whole seconds after the first pair', (ms) => {
    const pace = paceOf(heads(every(ms, 20), [0.3 * ms, 1.9 * ms]))
    expect(pace.blockTimeMs()).toBe(ms)
  })

  it('of heads that arrive with jitter stays exact', () => {
    const jitter = [0, 40, 10, 90, 25, 70, 5, 60, 35, 15]
    const looks = every(200, 40).map((look, index) => look + (jitter[index % 10] ?? 0))
    within(paceOf(heads(every(200, 60), looks)).blockTimeMs(), 200, 15)
  })

  it('returns to its earlier value after a chain has stalled for a minute', () => {
    const times = [...every(200, 20), ...every(200, 20, 64_000)]
    for (const hasMs of [true, false]) {
      const pace = paceOf(
        heads(times, [...every(250, 16), ...every(3_000, 20, 4_000), ...every(250, 3, 64_050)], { hasMs }),
      )
      within(pace.blockTimeMs(), 200, 35)
    }
  })

  it('is found again when the first observation was a stall', () => {
    const times = [0, ...every(200, 50, 60_000)]
    const pace = paceOf(heads(times, [0, ...every(250, 12, 60_000)], { hasMs: true }))
    within(pace.blockTimeMs(), 200, 5)
  })

  it('of blocks mined on demand is no shorter than the polling interval', () => {
    const pace = paceOf(heads([0, 5, 9, 12, 20], [0, 5, 9, 12, 20], { hasMs: true }))
    expect(pace.blockTimeMs()).toBe(100)
  })

  it('grows while the first head stays the newest, so that a slow chain is not polled too often', () => {
    const pace = paceOf(heads(every(12_000, 3), [0, 100, 400, 1_600, 6_400]))
    expect(pace.blockTimeMs()).toBe(6_400)
  })

  it('ignores a replica that lags behind', () => {
    const seen = heads(every(200, 30), [0, 400, 800, 1_200], { hasMs: true })
    const pace = paceOf([...seen, ...seen.slice(0, 2)])
    expect(pace.blockTimeMs()).toBe(200)
    expect(pace.nextBlockMs()).toBe(START_MS + 1_400)
  })
})

describe('the next block', () => {
  it('is unknown before a block was seen', () => expect(createPace().nextBlockMs()).toBeNull())

  it('is unknown with whole seconds when five blocks share one', () => {
    expect(paceOf(heads(every(200, 30), [0, 400, 800])).nextBlockMs()).toBeNull()
  })

  it('is predicted to the millisecond when blocks have milliseconds', () => {
    expect(paceOf(heads(every(200, 30), [0, 450], { hasMs: true })).nextBlockMs()).toBe(START_MS + 600)
  })

  it('is predicted to the second when blocks take seconds', () => {
    expect(paceOf(heads(every(2_000, 30), [0, 2_100])).nextBlockMs()).toBe(START_MS + 4_000)
  })
})

it.each([
  ['0x1a2b3c4d5e6', 1798312351206],
  ['1798284109286', 1798284109286],
  [1798284109286, 1798284109286],
  [1798284109286n, 1798284109286],
  [undefined, undefined],
  [null, undefined],
  ['soon', undefined],
  [0, undefined],
])('milliseconds in the form %s are read as %s', (told, ms) => {
  expect(millisecondsOf(told)).toBe(ms)
})

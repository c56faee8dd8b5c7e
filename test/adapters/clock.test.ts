import { describe, expect, test } from 'vitest'
import { createClock, systemClock } from '../../src/adapters/clock.ts'
import { settableTime } from '../support/settable-clock.ts'

const START = Date.parse('2026-11-23T12:00:00.000Z')
const HOUR_MS = 3_600_000
const YEAR_MS = 365 * 24 * HOUR_MS

describe('now', () => {
  test('is the wall clock while nobody changes it', () => {
    const time = settableTime(START)
    const clock = createClock(time)
    time.pass(1_234)
    expect(clock.now()).toBe(START + 1_234)
  })

  test('never goes back, and keeps the real pace, when the wall clock is set back', () => {
    const time = settableTime(START)
    const clock = createClock(time)
    time.pass(10)
    time.set(-YEAR_MS)
    expect(clock.now()).toBe(START + 10)
    time.pass(5_000)
    expect(clock.now()).toBe(START + 5_010)
  })

  test('follows the wall clock forward, and stays there when that is undone', () => {
    const time = settableTime(START)
    const clock = createClock(time)
    time.set(HOUR_MS)
    expect(clock.now()).toBe(START + HOUR_MS)
    time.set(-HOUR_MS)
    time.pass(1)
    expect(clock.now()).toBe(START + HOUR_MS + 1)
  })

  test('follows the wall clock past a suspension of the machine, while the steady clock stood still', () => {
    const time = settableTime(START)
    const clock = createClock(time)
    time.set(HOUR_MS)
    time.pass(7)
    expect(clock.now()).toBe(START + HOUR_MS + 7)
  })

  test('is a whole number of milliseconds', () => {
    const time = settableTime(START)
    const clock = createClock({ ...time, steadyMs: () => time.steadyMs() + 0.25 })
    time.set(-HOUR_MS)
    time.pass(0.5)
    expect(clock.now()).toBe(START)
  })
})

describe('a sleep', () => {
  test('lasts as long as planned, although the wall clock is set back a year in the middle', async () => {
    const time = settableTime(START, () => time.set(-YEAR_MS))
    await createClock(time).sleepUntil(START + 40_000)
    expect(time.passedMs).toBe(40_000)
  })

  test('ends with its current timer when the wall clock is set past its end', async () => {
    const time = settableTime(START, () => time.set(HOUR_MS))
    await createClock(time).sleepUntil(START + 40_000)
    expect(time.passedMs).toBe(15_000)
  })

  test('returns at once when its end has passed or it is aborted', async () => {
    const time = settableTime(START)
    const clock = createClock(time)
    await clock.sleepUntil(START)
    expect(time.passedMs).toBe(0)
    await expect(clock.sleepUntil(START, AbortSignal.abort(new Error('paused')))).rejects.toThrow('paused')
    await expect(clock.sleepUntil(START + 1, AbortSignal.abort(new Error('paused')))).rejects.toThrow('paused')
  })

  test('on the real clock takes real time, and ends at once when aborted', async () => {
    const startedAt = performance.now()
    await systemClock.sleepUntil(systemClock.now() + 20)
    expect(performance.now() - startedAt).toBeGreaterThan(15)
    const stop = new AbortController()
    const asleep = systemClock.sleepUntil(systemClock.now() + 60_000, stop.signal)
    stop.abort(new Error('paused'))
    await expect(asleep).rejects.toThrow('paused')
  })
})

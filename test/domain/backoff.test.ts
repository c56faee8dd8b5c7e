import { describe, expect, it } from 'vitest'
import { backoffMs } from '../../src/domain/backoff.ts'

const backoff = (tries: number, jitter = 0, retryAfterMs: number | null = null) =>
  backoffMs({ tries, jitter, retryAfterMs })
const TRIES = Array.from({ length: 40 }, (_, tries) => tries)

describe('a backoff', () => {
  it('doubles from half a second and stops growing at 30 s', () => {
    expect(TRIES.slice(0, 8).map((tries) => 2 * backoff(tries))).toEqual([
      500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000,
    ])
    expect(2 * backoff(1_000)).toBe(30_000)
  })

  it('is randomised within its upper half', () => {
    for (const tries of TRIES) {
      const [least, middle, most] = [0, 0.5, 0.999_999].map((jitter) => backoff(tries, jitter))
      expect(middle).toBe(1.5 * (least ?? 0))
      expect(most).toBeLessThanOrEqual(2 * (least ?? 0))
    }
  })

  it('is never shorter than the server asked, and longer when ours is', () => {
    expect(backoff(0, 0, 90_000)).toBe(90_000)
    expect(backoff(10, 0, 1)).toBe(15_000)
  })
})

import { describe, expect, it } from 'vitest'
import { requestInput } from '../../src/agent/schemas.ts'
import { expiryProblem, parseTime } from '../../src/domain/rfc3339.ts'
import { requireExpiryAhead } from '../../src/operations/wanted.ts'

// Regression: issue 18, number 6 — a key that was dead on arrival was staked for and minted.
const NOW_MS = Date.parse('2026-11-30T12:00:00Z')

describe('an expiry', () => {
  it.each(['2026-12-01', '2026-11-30T12:00:01Z', '2026-11-30T12:00:00.001Z', '2028-02-29'])(
    'of %s is accepted',
    (text) => {
      expect(expiryProblem(text, NOW_MS)).toBeNull()
    },
  )

  it.each([
    ['2026-11-30', /passed/],
    ['2026-11-29', /passed/],
    ['2026-11-30T12:00:00Z', /passed/],
    ['1999-01-01', /passed/],
    ['2027-02-30', /no such day/],
    ['2027-02-29T00:00:00Z', /no such day/],
    ['2027-13-01', /no such day/],
    ['2027-01-01T25:00:00Z', /no such day/],
    ['tomorrow', /must be/],
    ['2027-01-01T00:00:00+02:00', /must be/],
  ])('of %s is rejected', (text, reason) => {
    expect(expiryProblem(text, NOW_MS)).toMatch(reason)
    expect(() => requireExpiryAhead(text, { recorded: undefined, nowMs: NOW_MS })).toThrow(
      expect.objectContaining({ code: 'keys/expiry-unusable' }),
    )
    expect(requestInput.safeParse({ expiresAt: text }).success).toBe(false)
  })

  it('that a recorded run has may be in the past', () => {
    expect(() => requireExpiryAhead('2026-11-29', { recorded: '2026-11-29', nowMs: NOW_MS })).not.toThrow()
  })
})

it.each([
  ['2026-11-30T12:00:00Z', NOW_MS],
  ['2026-11-30T12:00:00.123456Z', NOW_MS + 123],
  ['2026-11-30T12:00:00+00:00', NOW_MS],
  ['2026-11-30T14:00:00.5+02:00', NOW_MS + 500],
  ['2026-11-30t12:00:00z', NOW_MS],
  ['2026-11-30 12:00:00Z', null],
  ['2026-11-30T12:00:00', null],
  ['2026-11-31T12:00:00Z', null],
])('the time %s is %s', (text, ms) => {
  expect(parseTime(text)).toBe(ms)
})

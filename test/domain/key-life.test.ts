import { describe, expect, it } from 'vitest'
import type { KeyRequest, ListedKey } from '../../src/domain/key.ts'
import { keyExpiry } from '../../src/domain/key-expiry.ts'
import { listedDifferences, ownDifferences } from '../../src/domain/key-limits.ts'

const NOW = Date.UTC(2026, 10, 22, 12)
const DAY_MS = 86_400_000
const fromNow = (ms: number) => new Date(NOW + ms).toISOString()

describe('the expiry of a key', () => {
  it.each([
    ['never', null, 'valid', null],
    ['in 7 days and a moment', fromNow(7 * DAY_MS + 1), 'valid', 7],
    ['in 7 days', fromNow(7 * DAY_MS), 'expiring', 7],
    ['in an hour', fromNow(3_600_000), 'expiring', 0],
    ['now', fromNow(0), 'expired', 0],
    ['a month ago', fromNow(-30 * DAY_MS), 'expired', 0],
  ])('%s is %s', (_, expiresAt, status, daysLeft) => {
    const expiry = keyExpiry({ expiresAt, last6: 'abcdef' }, NOW)
    expect(expiry).toMatchObject({ status, daysLeft, expiresAt })
    expect(expiry.warning === null).toBe(status === 'valid')
  })

  it('is shown with its time, the time left, and the command', () => {
    expect(keyExpiry({ expiresAt: fromNow(DAY_MS), last6: 'abcdef' }, NOW).warning).toMatchInlineSnapshot(
      `
      [
        "The key …",
        "abcdef",
        " expires at ",
        "2026-11-23T12:00:00.000Z",
        ", in ",
        "1 day",
        "; ",
        {
          "action": "keys.rotate",
          "arguments": {},
        },
        " mints another.",
      ]
    `,
    )
  })
})

describe('the attributes of a key at Venice', () => {
  const asked: KeyRequest = {
    type: 'ADMIN',
    expiresAt: '2027-01-01',
    consumptionLimit: { usd: 0, diem: 2 },
    limitPeriod: 'LIFETIME',
    modelPrivacy: 'PRIVATE_ONLY',
  }
  const listed: ListedKey = {
    id: 'key-1',
    description: 'agent marker',
    last6: 'abcdef',
    type: 'ADMIN',
    createdAt: null,
    expiresAt: '2027-01-01T00:00:00.000Z',
    lastUsedAt: null,
    limit: { usd: 0, diem: 2 },
    limitPeriod: 'LIFETIME',
    modelPrivacy: 'PRIVATE_ONLY',
    used: null,
  }

  it('cause no warning when they are the requested ones', () => {
    expect(listedDifferences(asked, listed)).toEqual([])
    expect(
      listedDifferences({ type: 'ADMIN' }, { ...listed, expiresAt: null, limit: { usd: null, diem: null } }),
    ).toEqual([])
  })

  it.each<[string, Partial<ListedKey>, string]>([
    ['type', { type: 'INFERENCE' }, 'type ADMIN; Venice stores INFERENCE'],
    ['USD limit', { limit: { usd: null, diem: 2 } }, 'USD limit 0; Venice stores none'],
    ['DIEM limit', { limit: { usd: 0, diem: 3 } }, 'DIEM limit 2; Venice stores 3'],
    ['limit period', { limitPeriod: 'EPOCH' }, 'limit period LIFETIME; Venice stores EPOCH'],
    ['model privacy', { modelPrivacy: 'ALL' }, 'model privacy PRIVATE_ONLY; Venice stores ALL'],
    ['expiry', { expiresAt: null }, 'expiry 2027-01-01; Venice stores none'],
  ])('cause a warning for another %s', (_, stored, words) => {
    expect(listedDifferences(asked, { ...listed, ...stored })).toEqual([expect.stringContaining(words)])
  })

  it('are visible to the key itself only as balances and expiry', () => {
    const balances = { usd: 0, diem: 1.5, bundledCredits: null }
    const seen = { balances, keyExpiresAt: '2027-01-01T00:00:00.000Z' }
    expect(ownDifferences(asked, 'abcdef', seen)).toEqual([])
    expect(ownDifferences(asked, 'abcdef', { balances: { ...balances, usd: 5 }, keyExpiresAt: null })).toEqual([
      expect.stringContaining('USD limit of 0, and Venice lets it spend 5'),
      expect.stringContaining('expiry 2027-01-01'),
    ])
  })
})

import { describe, expect, it } from 'vitest'
import { judgeFunding, type RateLimits } from '../../src/domain/funding.ts'

const NOW = '2026-11-23T12:00:00.000Z'
type Balances = Partial<RateLimits['balances']>
const judge = (balances: Balances, changes: Partial<RateLimits> = {}) =>
  judgeFunding(
    {
      accessPermitted: false,
      tier: 'paid',
      balances: { usd: null, diem: null, bundledCredits: null, ...balances },
      keyExpiresAt: null,
      nextEpochAt: '2026-11-24T00:00:00.000Z',
      ...changes,
    },
    NOW,
  )

describe('the funding of a key', () => {
  it('is what Venice admits, whatever the balances look like', () => {
    expect(judge({}, { accessPermitted: true })).toMatchObject({ spendable: true, reason: null, checkedAt: NOW })
    expect(judge({ usd: 100, diem: 100 })).toMatchObject({ spendable: false })
  })

  it.each<[string, Balances, RegExp]>([
    ['nothing', {}, /neither DIEM nor credit/],
    ['too little DIEM', { diem: 0.05 }, /Less than 0\.1 DIEM/],
    ['too little credit', { usd: 0.05 }, /under \$0\.10/],
    ['too little credit of any kind', { bundledCredits: 0.05 }, /under \$0\.10/],
    ['enough, and is not admitted all the same', { usd: 0.06, bundledCredits: 0.06 }, /although it shows a balance/],
  ])('that has %s says so', (_, balances, reason) => {
    expect(judge(balances).reason).toMatch(reason)
  })

  it('of an expired key names that first', () => {
    expect(judge({}, { keyExpiresAt: NOW }).reason).toBe('The key has expired.')
    expect(judge({}, { keyExpiresAt: '2027-01-01T00:00:00.000Z' }).reason).not.toBe('The key has expired.')
  })
})

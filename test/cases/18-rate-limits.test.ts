import { expect, it } from 'vitest'
import { RateLimitsAnswer } from '../../src/adapters/venice/answer.ts'
import { judgeFunding } from '../../src/domain/funding.ts'

// Regression: issue 18, number 18 — without `apiTier` or `nextEpochBegins`, it was unknown whether a key could spend.
const whole = {
  accessPermitted: true,
  apiTier: { id: 'paid', isCharged: true },
  balances: { USD: 1, DIEM: 2, BUNDLED_CREDITS: null },
  keyExpiration: null,
  nextEpochBegins: '2026-12-01T00:00:00.000Z',
}
const { apiTier: _, ...withoutTier } = whole
const { nextEpochBegins: __, ...withoutEpoch } = whole

it.each([
  ['no tier', withoutTier],
  ['no epoch', withoutEpoch],
  ['a tier of null', { ...whole, apiTier: null }],
  ['an unknown form of tier', { ...whole, apiTier: 'paid' }],
  ['an epoch of null', { ...whole, nextEpochBegins: null }],
  ['only the access', { accessPermitted: true }],
  ['balances as text', { ...whole, balances: { USD: '1.50', DIEM: '2', BUNDLED_CREDITS: null } }],
])('an answer with %s still shows that the key can spend', (_what, data) => {
  expect(RateLimitsAnswer.parse({ data }).data.accessPermitted).toBe(true)
  const none = { usd: null, diem: null, bundledCredits: null }
  const limits = { accessPermitted: true, tier: null, balances: none, keyExpiresAt: null, nextEpochAt: null }
  expect(judgeFunding(limits, { checkedAt: '2026-11-30T00:00:00.000Z' })).toMatchObject({ spendable: true, tier: null })
})

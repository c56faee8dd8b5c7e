import { describe, expect, it } from 'vitest'
import {
  FUNDING_CAUSES,
  type FundingCause,
  type FundingContext,
  judgeFunding,
  type RateLimits,
} from '../../src/domain/funding.ts'
import { adviceOn } from '../../src/domain/funding-advice.ts'
import { funding } from '../support/samples.ts'

const NOW = '2026-11-23T12:00:00.000Z'
type Balances = Partial<RateLimits['balances']>
const judge = (balances: Balances, changes: Partial<RateLimits> = {}, known: Partial<FundingContext> = {}) =>
  judgeFunding(
    {
      accessPermitted: false,
      tier: 'paid',
      balances: { usd: null, diem: null, bundledCredits: null, ...balances },
      keyExpiresAt: null,
      nextEpochAt: '2026-11-24T00:00:00.000Z',
      ...changes,
    },
    { checkedAt: NOW, ...known },
  )

/** A hundredth of a DIEM, in base units. */
const CENT = 10n ** 16n

describe('the funding of a key', () => {
  it('follows Venice’s answer, whatever the balances are', () => {
    const admitted = judge({}, { accessPermitted: true })
    expect(admitted).toMatchObject({ spendable: true, cause: null, reason: null, checkedAt: NOW })
    expect(judge({ usd: 100, diem: 100 })).toMatchObject({ spendable: false })
  })

  it.each<[string, Balances, FundingCause, RegExp]>([
    ['no balance', {}, 'no-balance', /neither DIEM nor credit/],
    ['too little DIEM', { diem: 0.05 }, 'diem-too-small', /Less than 0\.1 DIEM/],
    ['too little credit', { usd: 0.05 }, 'usd-too-small', /under \$0\.10/],
    ['too little credit of any kind', { bundledCredits: 0.05 }, 'usd-too-small', /under \$0\.10/],
    [
      'enough balance without access',
      { usd: 0.06, bundledCredits: 0.06 },
      'not-admitted',
      /although it shows a balance/,
    ],
  ])('reports %s', (_, balances, cause, reason) => {
    const { cause: found, reason: said } = judge(balances)
    expect(found).toBe(cause)
    expect(said).toMatch(reason)
  })

  it.each<[string, Balances, FundingContext['limit'], bigint | null, FundingCause]>([
    ['a dollar limit of 0', { usd: 0, diem: 0 }, { usd: 0 }, null, 'key-limit-zero'],
    ['a dollar limit of 0 although DIEM is staked', { usd: 0 }, { usd: 0, diem: 0 }, 100n * CENT, 'key-limit-zero'],
    ['a DIEM limit of 0, and DIEM staked', { usd: 0, diem: 0 }, { diem: 0 }, 100n * CENT, 'key-limit-zero'],
    ['a DIEM limit of 0, and none staked', { usd: 0, diem: 0 }, { diem: 0 }, 0n, 'no-balance'],
    ['a limit of its own that may be used up', { usd: 0, diem: 0 }, { usd: 5 }, 0n, 'no-balance'],
    ['staked DIEM, and none left today', { usd: 0, diem: 0 }, undefined, 50n * CENT, 'diem-spent'],
    ['less than 0.1 DIEM staked', { diem: 0.05 }, undefined, 5n * CENT, 'diem-too-small'],
    ['a dollar limit of 0, and shows DIEM', { usd: 0, diem: 0.05 }, { usd: 0 }, null, 'diem-too-small'],
  ])('of a key with %s is distinguished by what else is known', (_, balances, limit, stakedDiem, cause) => {
    expect(judge(balances, {}, { stakedDiem, ...(limit && { limit }) }).cause).toBe(cause)
  })

  it('with a limit that may be used up says that the key cannot read it', () => {
    expect(judge({}, {}, { limit: { usd: 5, diem: 1 } }).reason).toMatch(/its own limit of \$5 and 1 DIEM is used up/)
  })

  it('reports the expiry of an expired key first', () => {
    expect(judge({}, { keyExpiresAt: NOW })).toMatchObject({ cause: 'key-expired', reason: 'The key has expired.' })
    expect(judge({}, { keyExpiresAt: '2027-01-01T00:00:00.000Z' }).reason).not.toBe('The key has expired.')
  })
})

describe('the advice', () => {
  const adviceFor = (cause: FundingCause) =>
    adviceOn(funding({ spendable: false, cause, nextEpochAt: '2026-11-24T00:00:00.000Z' }), {})

  it('is different for each cause', () => {
    const steps = FUNDING_CAUSES.map((cause) => adviceFor(cause)?.step)
    expect(new Set(steps).size).toBe(FUNDING_CAUSES.length)
    for (const step of steps) expect(step).toMatch(/^[A-Z].*\.$/)
  })

  it('is empty for a key that can spend', () => {
    expect(adviceOn(funding(), {})).toBeNull()
  })

  it('never asks for payments to a key whose limit is 0', () => {
    expect(adviceFor('key-limit-zero')).toMatchObject({
      action: 'rotate',
      step: expect.stringMatching(/^Adding funds does not help/),
    })
  })
})

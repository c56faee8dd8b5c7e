import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { BalanceAnswer, creditIn } from '../../src/adapters/venice/x402.ts'
import { formatAmount, USDC_DECIMALS } from '../../src/domain/amounts.ts'
import { decimalText, unitsOf } from '../../src/domain/decimal.ts'
import { judgeFunding } from '../../src/domain/funding.ts'
import { adviceOn } from '../../src/domain/funding-advice.ts'
import { parseLimit } from '../../src/domain/key-limit.ts'
import { missingCredit } from '../../src/domain/payment.ts'
import { cheapestModels, mostForProof, proofOf } from '../../src/domain/proof.ts'

// Regression: issue 18, number 1 — a wallet with exactly $8.20 of credit paid $5 for `fund x402:8.20`.

const terms = { amount: 5_000_000n }
const missing = (asked: bigint, balanceUsd: number) =>
  missingCredit(asked, { balanceUsd, canConsume: true }, { terms, payments: [] })

describe('credit of a wallet', () => {
  it('is complete for every amount of cents from $0.01 to $100.00', () => {
    const short: string[] = []
    for (let cents = 1; cents <= 10_000; cents += 1) {
      const text = (cents / 100).toFixed(2)
      if (missing(BigInt(cents) * 10_000n, JSON.parse(text)) !== 0n) short.push(text)
    }
    expect(short).toEqual([])
  })

  it.each([
    ['8.20', 8_200_000n],
    ['1.15', 1_150_000n],
    ['0.000001', 1n],
    ['1e-7', 0n],
    ['4.35', 4_350_000n],
    ['1234567.654321', 1_234_567_654_321n],
    // The value of 8.20 at a server that counts in floats.
    ['8.199999999999999', 8_200_000n],
    ['8.199999', 8_199_999n],
  ])('of %s dollars is %d base units', (text, units) => {
    expect(unitsOf(JSON.parse(text), USDC_DECIMALS)).toBe(units)
  })

  it('that is one base unit short is topped up with Venice’s minimum', () => {
    expect(missing(8_200_000n, 8.199999)).toBe(5_000_000n)
    expect(missing(20_000_000n, 8.2)).toBe(11_800_000n)
  })

  it.each([
    [8.2, 8.2],
    ['8.20', 8.2],
    ['0', 0],
    ['8.199999999999999999', 8.2],
  ])('is accepted as %j', (balanceUsd, read) => {
    expect(creditIn(BalanceAnswer.parse({ data: { balanceUsd, canConsume: true } })).balanceUsd).toBe(read)
  })

  it.each([-1, '-1', '1e3', '', ' ', '0x10', '1,5', 'NaN', `1${'0'.repeat(70)}`])('is rejected as %j', (balanceUsd) => {
    expect(BalanceAnswer.safeParse({ data: { balanceUsd, canConsume: true } }).success).toBe(false)
  })
})

describe('other amounts of dollars and DIEM', () => {
  it('are written unchanged, without an exponent or float noise', () => {
    const texts = ['0', '0.0000003', '10', '0.5', '8.2', '1e-7', '1e21', '123456789.123456']
    expect(texts.map((text) => decimalText(JSON.parse(text)))).toEqual([
      '0',
      '0.0000003',
      '10',
      '0.5',
      '8.2',
      '0.0000001',
      '1000000000000000000000',
      '123456789.123456',
    ])
  })

  it('are admitted from ten cents on, whatever their float sum is', () => {
    const limits = { accessPermitted: false, tier: 'paid', keyExpiresAt: null, nextEpochAt: '2027-01-01T00:00:00Z' }
    const checkedAt = '2026-12-01T00:00:00.000Z'
    const cause = (usd: number, bundledCredits: number) =>
      judgeFunding({ ...limits, balances: { usd, bundledCredits, diem: null } }, { checkedAt }).cause
    expect([cause(0.09, 0.01), cause(0.07, 0.03), cause(0.01, 0.09)]).toEqual(Array(3).fill('not-admitted'))
    expect(cause(0.09, 0.009999)).toBe('usd-too-small')
  })

  it('that are one base unit below a tenth of a DIEM are not a tenth', () => {
    const balances = { usd: 0, bundledCredits: 0, diem: 0 }
    const limits = { accessPermitted: false, tier: 'paid', keyExpiresAt: null, nextEpochAt: '2027-01-01T00:00:00Z' }
    const judged = (stakedDiem: bigint) =>
      judgeFunding({ ...limits, balances }, { checkedAt: '2026-12-01T00:00:00.000Z', stakedDiem })
    expect(judged(10n ** 17n)).toMatchObject({ cause: 'diem-spent', reason: expect.stringContaining('The 0.1 DIEM') })
    expect(judged(10n ** 17n - 1n).cause).toBe('no-balance')
  })

  it('that a call costs are exact, from prices and from balances', () => {
    const model = { id: 'small', isPrivate: true, price: { input: 0.15, output: 0.6 } }
    expect(mostForProof(model, 1)).toBe(69n)
    expect(mostForProof({ ...model, price: { input: 0.1, output: 0 } }, 3)).toBe(60n)
    const dear = { ...model, id: 'dear', price: { input: 0.150_000_000_1, output: 0.6 } }
    expect(cheapestModels([dear, model])[0]?.id).toBe('small')
    const made = { model, usage: { prompt: 10, completion: 1 }, at: '2026-12-01T00:00:00.000Z' }
    const none = { diem: null, bundledCredits: null }
    expect(proofOf(made, { ...none, usd: 8.2 }, { ...none, usd: 8.1 }).costUsd).toBe(0.1)
    expect(proofOf(made, { ...none, usd: 8.2 }, null).costUsd).toBe(0.0000021)
  })
})

describe('the limits of a key', () => {
  it.each(['usd=5,diem=1', 'usd=8.20', 'usd=0.000001', 'diem=0.1'])('accept %s', (text) => {
    expect(parseLimit(text)).not.toBeNull()
  })

  it.each(['usd=0.12345678901234567890', 'diem=9999999999.9999999999', 'usd=1e3'])('reject %s', (text) => {
    expect(parseLimit(text)).toBeNull()
  })

  it.each([
    [0.15, 'usd=0.3'],
    [0.0000001, 'usd=0.0000002'],
    [0, 'usd=5'],
  ])('of %d dollars are doubled in a form that --limit accepts', (usd, limit) => {
    const none = { usd: 0, diem: 0, bundledCredits: 0 }
    const judged = judgeFunding(
      { accessPermitted: false, tier: 'x', balances: none, keyExpiresAt: null, nextEpochAt: '2027-01-01T00:00:00Z' },
      { checkedAt: '2026-12-01T00:00:00.000Z', limit: { usd: 0 } },
    )
    expect(adviceOn(judged, { consumptionLimit: { usd } })).toMatchObject({ limit })
  })
})

it('a server’s amounts are numbers or decimal text, and keep their value when formatted', () => {
  const { balanceUsd } = BalanceAnswer.parse({ data: { balanceUsd: '12.340000', canConsume: true } }).data
  expect(z.number().parse(balanceUsd)).toBe(12.34)
  expect(formatAmount(unitsOf(balanceUsd, USDC_DECIMALS), { decimals: USDC_DECIMALS })).toBe('12.34')
})

import { describe, expect, test } from 'vitest'
import { drawnUp, missingCredit, type Payment } from '../../src/domain/payment.ts'
import { requireDollars } from '../../src/gate/payments.ts'

const NOW = Date.parse('2026-11-30T12:00:00.000Z')
const hoursAgo = (hours: number) => new Date(NOW - hours * 3_600_000).toISOString()

const TERMS = {
  network: 'eip155:8453',
  asset: '0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913',
  payTo: '0x2670B922ef37C7Df47158725C0CC407b5382293F',
  amount: 5_000_000n,
  maxTimeoutSeconds: 300,
  name: null,
  version: null,
} as const
const FROM = '0xa00B4bB191572e1b3aa15295B0329611984BC02B'

let made = 0
const paidOnce = (hours: number, status: Payment['status'] = 'settled'): Payment => {
  made += 1
  const nonce = `0x${made.toString(16).padStart(64, '0')}` as const
  const drawn = drawnUp(TERMS, { from: FROM, value: 5_000_000n, toward: 5_000_000n, nonce, nowMs: NOW - 3_600_000 })
  return { ...drawn, drawnUpAt: hoursAgo(hours), status }
}

const pay = (payments: readonly Payment[], budget: { maxUsd?: bigint; maxUsdPerDay?: bigint }) => () =>
  requireDollars({ nonce: '0x', value: '5000000' }, { asked: 5_000_000n, budget, payments, nowMs: NOW })

describe('the daily budget', () => {
  test.each<[string, Payment[], boolean]>([
    ['no payment', [], true],
    ['a payment of yesterday', [paidOnce(24.1)], true],
    ['a payment 23 hours ago', [paidOnce(23)], false],
    ['a payment dated after the current time', [paidOnce(-1)], false],
    ['a void payment', [paidOnce(1, 'void')], true],
    ['a payment with an unreadable time', [{ ...paidOnce(30), drawnUpAt: 'never' }], false],
  ])('of 9 dollars, after %s, is respected', (_, payments, isAllowed) => {
    const attempt = pay(payments, { maxUsdPerDay: 9_000_000n })
    if (isAllowed) expect(attempt).not.toThrow()
    else expect(attempt).toThrow(expect.objectContaining({ code: 'policy/budget-exceeded' }))
  })

  test('is shared by all records of the wallet; each has its own total budget', () => {
    const withElsewhere = (elsewhere: readonly Payment[], budget: { maxUsd?: bigint; maxUsdPerDay?: bigint }) => () =>
      requireDollars(
        { nonce: '0x', value: '5000000' },
        { asked: 5_000_000n, budget, payments: [], elsewhere, nowMs: NOW },
      )
    expect(withElsewhere([paidOnce(1)], { maxUsd: 9_000_000n })).not.toThrow()
    expect(withElsewhere([paidOnce(25)], { maxUsdPerDay: 9_000_000n })).not.toThrow()
    for (const status of ['settled', 'open'] as const)
      expect(withElsewhere([paidOnce(1, status)], { maxUsdPerDay: 9_000_000n })).toThrow(
        expect.objectContaining({ code: 'policy/budget-exceeded' }),
      )
  })

  test('does not change the total budget', () => {
    expect(pay([paidOnce(100), paidOnce(200)], { maxUsd: 14_000_000n, maxUsdPerDay: 9_000_000n })).toThrow(
      expect.objectContaining({ code: 'policy/budget-exceeded' }),
    )
  })
})

describe('credit that was bought before', () => {
  const bought = { ...paidOnce(30), toward: '5000000' }
  const missing = (balanceUsd: number, floor?: bigint) =>
    missingCredit(
      5_000_000n,
      { balanceUsd, canConsume: balanceUsd >= 0.1 },
      { terms: { amount: 5_000_000n }, payments: [bought], ...(floor !== undefined && { floor }) },
    )

  test('is topped up when it admits no call, or when it is below a given floor', () => {
    expect([missing(0.5), missing(0.05)]).toEqual([0n, 5_000_000n])
    expect([missing(1, 1_000_000n), missing(0.999999, 1_000_000n)]).toEqual([0n, 5_000_000n])
  })

  test('is waited for when another record of the wallet has bought it and it may still arrive', () => {
    const terms = { amount: 5_000_000n }
    const elsewhere = (status: Payment['status']) => [paidOnce(0, status)]
    const empty = { balanceUsd: 0, canConsume: false }
    const missing = (status: Payment['status']) =>
      missingCredit(5_000_000n, empty, { terms, payments: [], elsewhere: elsewhere(status) })
    expect([missing('open'), missing('settled')]).toEqual([0n, 5_000_000n])
  })

  test('is never topped up beyond the request', () => {
    expect(missing(5, 6_000_000n)).toBe(0n)
  })
})

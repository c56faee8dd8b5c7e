import { describe, expect, it } from 'vitest'
import { formatAmount, parseAmount, USDC_DECIMALS } from '../../src/domain/amounts.ts'

describe('an amount', () => {
  it.each([
    ['1', 10n ** 18n],
    ['0', 0n],
    ['0.5', 5n * 10n ** 17n],
    [' 12.000001 ', 12_000_001n * 10n ** 12n],
    ['0.000000000000000001', 1n],
    ['007', 7n * 10n ** 18n],
  ])('"%s" is read exactly', (text, units) => {
    expect(parseAmount(text)).toBe(units)
  })

  it.each([
    '',
    '.',
    '1.',
    '.5',
    '-1',
    '+1',
    '1e3',
    '1,5',
    '1_000',
    '0x1',
    '1 2',
    '٣',
    '0.0000000000000000001',
    'Infinity',
  ])('"%s" is rejected', (text) => {
    expect(parseAmount(text)).toBeNull()
  })

  it('of another coin has that coin’s decimals', () => {
    expect(parseAmount('1.5', USDC_DECIMALS)).toBe(1_500_000n)
    expect(parseAmount('1.0000001', USDC_DECIMALS)).toBeNull()
  })

  it('is formatted as it is read', () => {
    for (const text of ['0', '1', '0.1', '10', '123.000000000000000456', '0.000000000000000001']) {
      expect(formatAmount(parseAmount(text) ?? -1n)).toBe(text)
    }
  })

  it('is truncated, never rounded up', () => {
    expect(formatAmount(1_999_999_999_999_999_999n, { maxFraction: 2 })).toBe('1.99')
    expect(formatAmount(1n, { maxFraction: 6 })).toBe('0')
  })

  it('below zero keeps its sign', () => {
    expect(formatAmount(-(10n ** 17n))).toBe('-0.1')
    expect(formatAmount('-1500000', { decimals: USDC_DECIMALS })).toBe('-1.5')
  })
})

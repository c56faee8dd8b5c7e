import { formatAmount } from './amounts.ts'

/** How to round a value that has too many decimals. */
export type Rounding = 'down' | 'up' | 'nearest'

/** Places that the exact value of a number from JSON can have: 17 digits at the smallest exponent. */
const PLACES = 400

/**
 * Decimal text of a number with exactly its JSON digits and no exponent, e.g. `0.0000003`, not `3e-7`.
 *
 * @param value - finite, not negative.
 * @throws {RangeError}
 */
export function decimalText(value: number): string {
  return formatAmount(unitsOf(value, PLACES), { decimals: PLACES })
}

/**
 * Base units of an amount that came as a JSON number. Its decimal digits count: 8.2 has 8_200_000 units of 6 decimals,
 * while `8.2 * 1e6` gives 8_199_999.999….
 *
 * @param value - finite, not negative.
 * @throws {RangeError}
 */
export function unitsOf(value: number, decimals: number, rounding: Rounding = 'nearest'): bigint {
  if (!Number.isFinite(value) || value < 0) throw new RangeError('An amount is finite, and not negative.')
  const [digits = '', exponent = '0'] = String(value).split('e')
  const [whole = '', fraction = ''] = digits.split('.')
  const shift = Number(exponent) - fraction.length + decimals
  const coefficient = BigInt(whole + fraction)
  if (shift >= 0) return coefficient * 10n ** BigInt(shift)
  const divisor = 10n ** BigInt(-shift)
  const added = { down: 0n, nearest: divisor / 2n, up: divisor - 1n }[rounding]
  return (coefficient + added) / divisor
}

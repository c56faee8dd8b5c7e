/** Decimals of VVV, sVVV, DIEM and ETH. */
const DECIMALS = 18
/** Decimals of USDC. */
export const USDC_DECIMALS = 6

/**
 * Base units of a decimal amount such as `1`, `0.5` or `12.000001`.
 *
 * @returns null for anything else: signs, exponents, separators, or more decimals than the coin has.
 */
export function parseAmount(text: string, decimals: number = DECIMALS): bigint | null {
  const match = /^(\d+)(?:\.(\d+))?$/.exec(text.trim())
  if (!match) return null
  const [, whole = '0', fraction = ''] = match
  if (fraction.length > decimals) return null
  return BigInt(whole + fraction.padEnd(decimals, '0'))
}

export const max = (a: bigint, b: bigint): bigint => (a > b ? a : b)
export const sum = (values: readonly bigint[]): bigint => values.reduce((total, value) => total + value, 0n)

/** Base units of an amount written in code. @throws {RangeError} it is not a decimal amount. */
export function toUnits(text: string, decimals: number = DECIMALS): bigint {
  const units = parseAmount(text, decimals)
  if (units === null) throw new RangeError(`"${text}" is not an amount with at most ${decimals} decimals.`)
  return units
}

/** Decimal text of base units, without trailing zeros, cut (not rounded) after `maxFraction` decimals. */
export function formatAmount(
  units: bigint | string,
  { decimals = DECIMALS, maxFraction = decimals }: { decimals?: number; maxFraction?: number } = {},
): string {
  const value = BigInt(units)
  const digits = (value < 0n ? -value : value).toString().padStart(decimals + 1, '0')
  const fraction = digits.slice(-decimals).slice(0, maxFraction)
  let end = fraction.length
  while (fraction[end - 1] === '0') end -= 1
  const sign = value < 0n ? '-' : ''
  return `${sign}${digits.slice(0, -decimals)}${end > 0 ? `.${fraction.slice(0, end)}` : ''}`
}

/** As `5 USDC`. @param units - base units, 6 decimals. */
export const inUsdc = (units: bigint | string): string => `${formatAmount(units, { decimals: USDC_DECIMALS })} USDC`

/** As `$5`. @param units - base units of USDC, 6 decimals. */
export const inDollars = (units: bigint | string): string => `$${formatAmount(units, { decimals: USDC_DECIMALS })}`

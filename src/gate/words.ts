import type { Address, Hex } from '../domain/addresses.ts'

const WORD_DIGITS = 64
const MOST = 2n ** 256n - 1n

/**
 * Each value as a word of 32 bytes, in hex digits. Pure.
 *
 * @throws {RangeError} one is not a uint256.
 * @see https://docs.soliditylang.org/en/latest/abi-spec.html
 */
export const words = (...values: readonly (Address | bigint)[]): string => values.map(wordOf).join('')

/** Length and content of `bytes`, padded to whole words. */
export function bytesOf(data: Hex): string {
  const digits = data.slice(2)
  return `${words(BigInt(digits.length / 2))}${digits.padEnd(Math.ceil(digits.length / WORD_DIGITS) * WORD_DIGITS, '0')}`
}

/** A list of encoded items of any size: their count, their offsets, and themselves. */
export function items(encoded: readonly string[]): string {
  const offsets = encoded.map((_, index) => BigInt(32 * encoded.length + sum(encoded.slice(0, index).map(sizeOf))))
  return `${words(BigInt(encoded.length), ...offsets)}${encoded.join('')}`
}

const sizeOf = (digits: string): number => digits.length / 2
const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0)

function wordOf(value: Address | bigint): string {
  const number = BigInt(value)
  if (number < 0n || number > MOST) throw new RangeError(`${value} is no uint256.`)
  return number.toString(16).padStart(WORD_DIGITS, '0')
}

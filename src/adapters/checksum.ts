import { getAddress } from 'viem'
import { ADDRESS_PATTERN, type Address } from '../domain/addresses.ts'

/**
 * The address in `text`, with all capitals turned into small letters. An address in only small or only capital letters
 * has no checksum. With mixed letters the checksum must be right: a wrong one means a typing error, and then the
 * address belongs to somebody else or nobody.
 *
 * @returns null for a wrong checksum, and for text that is not an address.
 * @see https://eips.ethereum.org/EIPS/eip-55
 */
export function checkedAddress(text: string): Address | null {
  const digits = text.slice(2)
  const address = `0x${digits}`.toLowerCase() as Address
  if (!/^0x/i.test(text) || !ADDRESS_PATTERN.test(address)) return null
  if (digits === digits.toLowerCase() || digits === digits.toUpperCase()) return address
  const checksummed = getAddress(address)
  return checksummed.slice(2) === digits ? checksummed : null
}

import { getAddress } from 'viem'
import { ADDRESS_PATTERN, type Address } from '../domain/addresses.ts'

/**
 * An address as it was typed; one in capitals, in small letters. All small and all capital letters carry no checksum; mixed ones must be
 * right: a wrong one is a typo, and the address is somebody else's or nobody's.
 *
 * @returns null for a wrong checksum, and for what is no address.
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

import { createECDH } from 'node:crypto'
import { publicKeyToAddress } from 'viem/accounts'
import type { Address } from '../../domain/addresses.ts'

/** The 64 digits of a private key, or null; surrounding whitespace and a missing 0x do not matter. */
export function keyDigits(privateKey: string): string | null {
  const digits = privateKey.trim().replace(/^0x/i, '')
  return /^[0-9a-f]{64}$/i.test(digits) ? digits : null
}

/**
 * The address of a private key, by Node's own curve. Null if this runtime lacks the curve, such as Bun 1.4, or if the
 * number is not between 1 and the order of the curve. viem's curve first makes tables for signing, which takes as long as
 * starting Node, and the first request needs only the address. Each signature is checked against the address.
 */
export function addressByNode(digits: string): Address | null {
  try {
    const curve = createECDH('secp256k1')
    curve.setPrivateKey(digits, 'hex')
    return publicKeyToAddress(`0x${curve.getPublicKey('hex')}`)
  } catch {
    return null
  }
}

import { type Hex, hexToBigInt, numberToHex, toHex } from 'viem'
import { privateKeyToAccount, sign } from 'viem/accounts'
import type { KeyService } from '../../src/adapters/signers/kms.ts'

/** A key service with the key in this process: signatures are DER, and s is high as often as low. */
export function keyService(privateKey: Hex): KeyService {
  const header = Buffer.from('3056301006072a8648ce3d020106052b8104000a034200', 'hex')
  const integer = (hex: Hex) => {
    const digits = hexToBigInt(hex).toString(16)
    const even = digits.length % 2 === 0 ? digits : `0${digits}`
    const bytes = Buffer.from(Number.parseInt(even.slice(0, 2), 16) > 127 ? `00${even}` : even, 'hex')
    return Buffer.concat([Buffer.from([2, bytes.length]), bytes])
  }
  return {
    getPublicKey: async () =>
      Buffer.concat([header, Buffer.from(privateKeyToAccount(privateKey).publicKey.slice(2), 'hex')]),
    async sign(digest) {
      const { r, s } = await sign({ hash: toHex(digest), privateKey })
      const isOdd = (digest[0] ?? 0) % 2 === 1
      const body = Buffer.concat([integer(r), integer(isOdd ? numberToHex(ORDER - hexToBigInt(s)) : s)])
      return Buffer.concat([Buffer.from([0x30, body.length]), body])
    },
  }
}

/** The order of secp256k1. */
const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n

import {
  type Hex,
  hashMessage,
  hashTypedData,
  hexToBigInt,
  keccak256,
  type LocalAccount,
  numberToHex,
  recoverAddress,
  serializeSignature,
  serializeTransaction,
  toHex,
} from 'viem'
import { publicKeyToAddress, toAccount } from 'viem/accounts'
import type { Signer } from '../../ports/signer.ts'
import { signerFrom } from './signer-from.ts'

/**
 * What a key service does with a key of the curve secp256k1; both answers are DER.
 *
 * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_Sign.html: `MessageType` DIGEST (checked 2026-11-23)
 */
export interface KeyService {
  /** SubjectPublicKeyInfo. */
  getPublicKey(): Promise<Uint8Array>
  /** @param digest - 32 bytes, to be signed as they are. */
  sign(digest: Uint8Array): Promise<Uint8Array>
}

const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n

/**
 * A signer whose key stays in the service.
 *
 * Side effects: asks for the public key once, and for one signature of each thing that is signed.
 *
 * @throws what the service throws.
 */
export const kmsSigner = async (service: KeyService): Promise<Signer> => signerFrom(await accountOf(service))

async function accountOf(service: KeyService): Promise<LocalAccount> {
  // The 65 bytes of the point are the last of the structure.
  const address = publicKeyToAddress(toHex((await service.getPublicKey()).subarray(-65)))
  const sign = async (hash: Hex) => {
    const [r, anyS] = integersIn(await service.sign(Buffer.from(hash.slice(2), 'hex')))
    // A service may give the higher of two values of s; chains take the lower one alone.
    const s = anyS > ORDER / 2n ? ORDER - anyS : anyS
    for (const yParity of [0, 1]) {
      const signature = { r: numberToHex(r, { size: 32 }), s: numberToHex(s, { size: 32 }), yParity }
      if ((await recoverAddress({ hash, signature })) === address) return signature
    }
    throw new Error('The key service signed with another key.')
  }
  return toAccount({
    address,
    signMessage: async ({ message }) => serializeSignature(await sign(hashMessage(message))),
    signTypedData: async (data) => serializeSignature(await sign(hashTypedData(data))),
    signTransaction: async (transaction, { serializer = serializeTransaction } = {}) =>
      serializer(transaction, await sign(keccak256(await serializer(transaction)))),
  })
}

/** The two integers of `SEQUENCE { INTEGER r, INTEGER s }`; both fit into one length byte each. */
function integersIn(der: Uint8Array): [r: bigint, s: bigint] {
  const atS = 4 + (der[3] ?? 0)
  return [hexToBigInt(toHex(der.subarray(4, atS))), hexToBigInt(toHex(der.subarray(atS + 2)))]
}

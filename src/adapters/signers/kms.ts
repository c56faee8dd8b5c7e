import {
  type Hex,
  hashMessage,
  hashTypedData,
  hexToBigInt,
  hexToBytes,
  keccak256,
  type LocalAccount,
  numberToHex,
  recoverAddress,
  serializeSignature,
  serializeTransaction,
  toHex,
} from 'viem'
import { publicKeyToAddress, toAccount } from 'viem/accounts'
import { SignatureInvalidError } from '../../errors/signer/signing.ts'
import type { Signer } from '../../ports/signer.ts'
import { elementsIn, INTEGER, SEQUENCE } from './der.ts'
import { pointIn } from './public-key.ts'
import { signerFrom } from './signer-from.ts'

/**
 * A key service with a key on the curve secp256k1.
 *
 * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_Sign.html: `MessageType` DIGEST (checked 2026-11-23)
 * @see https://cloud.google.com/kms/docs/reference/rest/v1/PublicKey: `pem` (checked 2026-12-01)
 * @see https://learn.microsoft.com/en-us/rest/api/keyvault/keys/sign/sign: ES256K (checked 2026-12-01)
 */
export interface KeyService {
  /** SubjectPublicKeyInfo, as DER or as PEM; or the 65 bytes of the point. */
  getPublicKey(): Promise<Uint8Array | string>
  /**
   * @param digest - 32 bytes, to be signed without hashing.
   * @returns DER, or the 64 bytes of r and s.
   */
  sign(digest: Uint8Array): Promise<Uint8Array>
}

const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n

/**
 * A signer whose key stays in the service.
 *
 * Side effects: requests the public key once, and one signature for each item that is signed.
 *
 * @throws what the service throws. {WrongCurveError} {PublicKeyUnreadableError}
 */
export const kmsSigner = async (service: KeyService): Promise<Signer> => signerFrom(await accountOf(service))

async function accountOf(service: KeyService): Promise<LocalAccount> {
  const address = publicKeyToAddress(toHex(pointIn(await service.getPublicKey())))
  const sign = async (hash: Hex) => {
    const [r, anyS] = integersIn(await service.sign(hexToBytes(hash)))
    // A service may give the higher of two values of s. Chains accept only the lower one.
    const s = anyS > ORDER / 2n ? ORDER - anyS : anyS
    for (const yParity of [0, 1]) {
      const signature = { r: numberToHex(r, { size: 32 }), s: numberToHex(s, { size: 32 }), yParity }
      if ((await recoverAddress({ hash, signature }).catch(() => null)) === address) return signature
    }
    throw new SignatureInvalidError(address)
  }
  return toAccount({
    address,
    signMessage: async ({ message }) => serializeSignature(await sign(hashMessage(message))),
    signTypedData: async (data) => serializeSignature(await sign(hashTypedData(data))),
    signTransaction: async (transaction, { serializer = serializeTransaction } = {}) =>
      serializer(transaction, await sign(keccak256(await serializer(transaction)))),
  })
}

/** r and s, each of at most 32 bytes. @throws {Error} the bytes are not a signature; nothing of them is quoted. */
function integersIn(signature: Uint8Array): [r: bigint, s: bigint] {
  const integers = derIntegers(signature) ?? [signature.subarray(0, 32), signature.subarray(32)]
  const [r, s] = integers.map((bytes) => hexToBigInt(toHex(bytes)))
  const isPair = integers.length === 2 && [r, s].every((value) => value !== undefined && value > 0n && value < ORDER)
  if (!isPair || r === undefined || s === undefined) throw new Error('The key service did not answer with a signature.')
  return [r, s]
}

/** The integers of `SEQUENCE { INTEGER r, INTEGER s }`, or null if it is not such a structure. */
function derIntegers(bytes: Uint8Array): Uint8Array[] | null {
  const [sequence, ...after] = elementsIn(bytes) ?? []
  if (sequence?.tag !== SEQUENCE || after.length > 0) return null
  const elements = elementsIn(sequence.content) ?? []
  return elements.length === 2 && elements.every(({ tag }) => tag === INTEGER)
    ? elements.map(({ content }) => content)
    : null
}

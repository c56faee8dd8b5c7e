import { bytesToHex, hexToBigInt } from 'viem'
import { PublicKeyUnreadableError, WrongCurveError } from '../../errors/signer/keys.ts'
import { BIT_STRING, elementsIn, OBJECT_IDENTIFIER, SEQUENCE } from './der.ts'

/** The field of secp256k1. @see https://www.secg.org/sec2-v2.pdf section 2.4.1 */
const FIELD = 2n ** 256n - 2n ** 32n - 977n
const POINT_LENGTH = 65
const UNCOMPRESSED = 0x04

const EC_PUBLIC_KEY = '2a8648ce3d0201'
const SECP256K1 = '2b8104000a'
/**
 * Object identifiers of other keys that key services make, in DER.
 *
 * @see https://www.rfc-editor.org/rfc/rfc5480 section 2.1.1.1, https://www.rfc-editor.org/rfc/rfc8017, https://www.rfc-editor.org/rfc/rfc8410
 */
const OTHERS: Readonly<Record<string, string>> = {
  '2a8648ce3d030107': 'P-256',
  '2b81040022': 'P-384',
  '2b81040023': 'P-521',
  '2a864886f70d010101': 'RSA',
  '2b6570': 'Ed25519',
}

/**
 * The 65 bytes of the point of a public key on secp256k1.
 *
 * @param key - SubjectPublicKeyInfo as DER or PEM, or the point itself.
 * @throws {WrongCurveError} {PublicKeyUnreadableError}
 */
export function pointIn(key: Uint8Array | string): Uint8Array {
  const bytes = bytesOf(key)
  const isBare = bytes.length === POINT_LENGTH && bytes[0] === UNCOMPRESSED
  const point = isBare ? bytes : pointOf(bytes)
  if (point.length !== POINT_LENGTH || point[0] !== UNCOMPRESSED) throw new PublicKeyUnreadableError()
  const [x, y] = [point.subarray(1, 33), point.subarray(33)].map((half) => hexToBigInt(bytesToHex(half))) as [
    bigint,
    bigint,
  ]
  if ((y * y - x * x * x - 7n) % FIELD !== 0n) throw new WrongCurveError(null)
  return point
}

/** @see https://www.rfc-editor.org/rfc/rfc7468 section 13 */
const BEGIN = '-----BEGIN PUBLIC KEY-----'
const END = '-----END PUBLIC KEY-----'

function bytesOf(key: Uint8Array | string): Uint8Array {
  const isText = typeof key === 'string' || key[0] === '-'.charCodeAt(0)
  if (!isText) return key
  const text = typeof key === 'string' ? key : new TextDecoder().decode(key)
  const [start, end] = [text.indexOf(BEGIN), text.indexOf(END)]
  if (start < 0 || end < start) throw new PublicKeyUnreadableError()
  return Uint8Array.from(Buffer.from(text.slice(start + BEGIN.length, end), 'base64'))
}

/** @see https://www.rfc-editor.org/rfc/rfc5480 section 2 */
function pointOf(bytes: Uint8Array): Uint8Array {
  const [info] = elementsIn(bytes) ?? []
  const [algorithm, key] = (info?.tag === SEQUENCE && elementsIn(info.content)) || []
  const names = ((algorithm?.tag === SEQUENCE && elementsIn(algorithm.content)) || [])
    .filter(({ tag }) => tag === OBJECT_IDENTIFIER)
    .map(({ content }) => bytesToHex(content).slice(2))
  const other = names.map((name) => OTHERS[name]).find((name) => name !== undefined)
  if (other !== undefined) throw new WrongCurveError(other)
  if (names.join() !== `${EC_PUBLIC_KEY},${SECP256K1}` || key?.tag !== BIT_STRING) throw new PublicKeyUnreadableError()
  // The first byte is the number of unused bits: 0.
  return key.content.subarray(1)
}

import { hmacSha256 } from '../domain/sha256.ts'
import { RecordChangedError } from '../errors/store.ts'

/**
 * The key that seals a record: it makes a message authentication code with a secret that the folder does not hold. A
 * checksum finds only accidents, because anyone who can write the folder can also write the checksum.
 */
export interface RecordKey {
  /** Identifies the key, but reveals nothing about the secret. */
  readonly id: string
  mac(text: string): Promise<string>
}

/** The seal in a record, next to its checksum. */
export interface Seal {
  /** The `id` of the key. */
  key: string
  /** MAC of the whole record. Absent after a command without the key changed it. */
  mac?: string
  /** MAC of the request, which such a command does not change. */
  request: string
}

const ID_DIGITS = 16

/** The record key from a secret; the same for the same secret. No side effects. */
export async function recordKeyOf(secret: string): Promise<RecordKey> {
  const id = (await hmacSha256(secret, 'venice-onboard/record-key/1')).slice(0, ID_DIGITS)
  return { id, mac: (text) => hmacSha256(secret, text) }
}

/** What is sealed: the body of a record, and the request in it. */
export interface Sealed {
  body: string
  request: string
}

/** The seal of `key` over a record. Without the key, the part of the earlier seal that still holds. No side effects. */
export async function sealOver(
  { body, request }: Sealed,
  key: RecordKey | null,
  before: Seal | undefined,
): Promise<Seal | undefined> {
  if (key !== null) return { key: key.id, mac: await key.mac(body), request: await key.mac(request) }
  return before && { key: before.key, request: before.request }
}

/**
 * Whether the owner of `key` wrote the request in a record. False: it has no seal, or that of another key, so it does
 * not prove any approval.
 *
 * @throws {RecordChangedError} it has the seal of this key, and was changed since.
 */
export async function isSealedBy(
  key: RecordKey | null,
  seal: Seal | undefined,
  { body, request }: Sealed,
): Promise<boolean> {
  if (key === null || seal === undefined || seal.key !== key.id) return false
  const isWhole = seal.mac === undefined || (await key.mac(body)) === seal.mac
  if (isWhole && (await key.mac(request)) === seal.request) return true
  throw new RecordChangedError('its seal does not match its content')
}

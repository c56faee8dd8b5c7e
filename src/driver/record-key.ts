import { hmacSha256 } from '../domain/sha256.ts'
import { RecordChangedError } from '../errors/store.ts'

/**
 * What a record is sealed with: a message authentication code under a secret that its folder does not hold. A checksum finds
 * accidents; whoever can write the folder can write the checksum, too.
 */
export interface RecordKey {
  /** Tells one key from another, and tells nothing of the secret. */
  readonly id: string
  mac(text: string): Promise<string>
}

/** What a sealed record carries next to its checksum. */
export interface Seal {
  /** The `id` of the key. */
  key: string
  /** Of the whole record. Absent after a command that has not the key has changed it. */
  mac?: string
  /** Of what was asked for, which such a command leaves as it is. */
  request: string
}

const ID_DIGITS = 16

/** The key of a secret; the same for the same secret. No side effects. */
export async function recordKeyOf(secret: string): Promise<RecordKey> {
  const id = (await hmacSha256(secret, 'venice-onboard/record-key/1')).slice(0, ID_DIGITS)
  return { id, mac: (text) => hmacSha256(secret, text) }
}

/** What is sealed: the body of a record, and within it what was asked for. */
export interface Sealed {
  body: string
  request: string
}

/** The seal of `key` over what a record says; without the key, what is left of the seal before. No side effects. */
export async function sealOver(
  { body, request }: Sealed,
  key: RecordKey | null,
  before: Seal | undefined,
): Promise<Seal | undefined> {
  if (key !== null) return { key: key.id, mac: await key.mac(body), request: await key.mac(request) }
  return before && { key: before.key, request: before.request }
}

/**
 * Whether what a record asks for is as the holder of `key` wrote it. False: it has no seal, or that of another key, so that it
 * proves nothing of what was approved.
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

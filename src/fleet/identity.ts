import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { closeSync, constants, fstatSync, linkSync, openSync, readFileSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { writeTemp } from '../adapters/atomic-file.ts'
import { errnoOf } from '../errors/errno.ts'
import { FleetIdentityUnreadableError } from '../errors/fleet.ts'

/** The alphabet of base58, in which Restate writes its keys. @see https://datatracker.ietf.org/doc/html/draft-msporny-base58-03 */
const ALPHABET = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'
const BASE = BigInt(ALPHABET.length)

/** What one Restate signs its requests with. */
export interface Identity {
  /** PEM file of the private key, for Restate. */
  path: string
  /** `publickeyv1_…`, for the workers. */
  publicKey: string
}

/**
 * The identity in a file. Where there is none, one is made: an Ed25519 key as PKCS #8 PEM, as Restate reads it. Safe to run
 * in two processes at once: both get the one that was written first.
 *
 * Side effects: makes the file (0600).
 *
 * @throws {FleetIdentityUnreadableError} it is no such key, or others than its owner may read or change it.
 */
export function openIdentity(path: string): Identity {
  let file: number
  try {
    // Not followed: whoever may put a link there chooses the key.
    file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch (cause) {
    if (errnoOf(cause) !== 'ENOENT') throw new FleetIdentityUnreadableError({ path, reason: 'cannot be opened', cause })
    makeIdentity(path)
    return openIdentity(path)
  }
  try {
    const { mode, uid } = fstatSync(file)
    const isFile = (mode & constants.S_IFMT) === constants.S_IFREG
    if (!isFile) throw new FleetIdentityUnreadableError({ path, reason: 'is not a file' })
    const isOurs = process.getuid === undefined || uid === process.getuid()
    if (!isOurs) throw new FleetIdentityUnreadableError({ path, reason: 'belongs to another user' })
    const isOpen = process.platform !== 'win32' && (mode & 0o077) !== 0
    if (isOpen) throw new FleetIdentityUnreadableError({ path, reason: 'can be read or changed by others' })
    return { path, publicKey: publicKeyOf(privateKeyIn(readFileSync(file), path)) }
  } finally {
    closeSync(file)
  }
}

/** The first of several processes makes it; the others find it. */
function makeIdentity(path: string): void {
  const { privateKey } = generateKeyPairSync('ed25519')
  const temp = writeTemp(dirname(path), privateKey.export({ type: 'pkcs8', format: 'pem' }))
  try {
    linkSync(temp, path)
  } catch (cause) {
    if (errnoOf(cause) !== 'EEXIST') throw new FleetIdentityUnreadableError({ path, reason: 'cannot be made', cause })
  } finally {
    rmSync(temp, { force: true })
  }
}

function privateKeyIn(pem: Buffer, path: string): KeyObject {
  try {
    const key = createPrivateKey(pem)
    if (key.asymmetricKeyType === 'ed25519') return key
  } catch {
    // The parser's message may quote the file.
  }
  throw new FleetIdentityUnreadableError({ path, reason: 'holds no Ed25519 key in PEM form' })
}

/** The public key as Restate logs it at its start, and as the SDK takes it. */
function publicKeyOf(privateKey: KeyObject): string {
  const { x = '' } = createPublicKey(privateKey).export({ format: 'jwk' })
  return `publickeyv1_${base58(Buffer.from(x, 'base64url'))}`
}

export function base58(bytes: Uint8Array): string {
  let text = ''
  let number = BigInt(`0x${Buffer.from(bytes).toString('hex') || '0'}`)
  for (; number > 0n; number /= BASE) text = ALPHABET[Number(number % BASE)] + text
  const zeros = bytes.findIndex((byte) => byte !== 0)
  return ALPHABET.charAt(0).repeat(zeros === -1 ? bytes.length : zeros) + text
}

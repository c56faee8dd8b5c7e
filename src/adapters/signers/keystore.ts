import { createDecipheriv, pbkdf2, type ScryptOptions, scrypt } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { keccak256 } from 'viem'
import { z } from 'zod'
import { KeystorePasswordWrongError, KeystoreUnreadableError } from '../../errors/signer/keys.ts'
import type { Signer } from '../../ports/signer.ts'
import { privateKeySigner } from './private-key.ts'
import { readSecretFile } from './secret-file.ts'

/** geth's default takes 256 MiB. More than 1 GiB is a mistake or an attack. */
const MAX_SCRYPT_BYTES = 2 ** 30
/** geth's default is 262,144; this many take some seconds. */
const MAX_PBKDF2_ROUNDS = 10_000_000

export const hexBytes = z
  .string()
  .regex(/^(0x)?([0-9a-f]{2})+$/i)
  .transform((hex) => Buffer.from(hex.replace(/^0x/i, ''), 'hex'))
const exactly = (length: number) => hexBytes.refine((value) => value.length === length)

const Kdf = z.discriminatedUnion('kdf', [
  z.object({
    kdf: z.literal('scrypt'),
    kdfparams: z
      .object({ n: z.int().min(2), r: z.int().min(1), p: z.int().min(1), dklen: z.literal(32), salt: hexBytes })
      .refine(({ n, r, p }) => isScryptCost(n, r) && 128 * n * r * p <= MAX_SCRYPT_BYTES),
  }),
  z.object({
    kdf: z.literal('pbkdf2'),
    kdfparams: z.object({
      c: z.int().min(1).max(MAX_PBKDF2_ROUNDS),
      prf: z.literal('hmac-sha256'),
      dklen: z.literal(32),
      salt: hexBytes,
    }),
  }),
])

/** What is encrypted, and how. @param ciphertext - 32 bytes for a private key. */
export const sealedOf = (ciphertext: typeof hexBytes) =>
  z
    .object({
      cipher: z.literal('aes-128-ctr'),
      cipherparams: z.object({ iv: exactly(16) }),
      ciphertext,
      mac: exactly(32),
    })
    .and(Kdf)
const Sealed = sealedOf(exactly(32))
export type SealedSecret = z.output<ReturnType<typeof sealedOf>>

/** OpenSSL takes only what RFC 7914 allows; the specification's own example (n = 2^18, r = 1) is beyond it. */
function isScryptCost(n: number, r: number): boolean {
  return Number.isInteger(Math.log2(n)) && n < 2 ** (16 * r)
}

const inOneSpelling = (value: unknown): unknown =>
  typeof value === 'object' && value !== null && 'Crypto' in value ? { ...value, crypto: value.Crypto } : value

/**
 * Web3 Secret Storage, version 3. ethers and the specification's first draft spell the main field `Crypto`.
 *
 * @see https://ethereum.org/en/developers/docs/data-structures-and-encoding/web3-secret-storage (checked 2026-11-23)
 */
const Keystore = z.preprocess(
  inOneSpelling,
  z.object({ version: z.literal(3), crypto: Sealed, address: z.string().optional() }),
)

/**
 * Signs with the key of an encrypted V3 keystore. Takes as long as its key derivation, up to a second, in another thread.
 *
 * @param path - one file, not a folder.
 * @param passwordFile - holds the password alone; like Foundry, whitespace at its end does not count.
 * @throws {KeystoreUnreadableError}
 * @throws {KeystorePasswordWrongError}
 * @throws {KeyFileUnreadableError} `passwordFile`.
 * @throws {KeyFileTooOpenError} `passwordFile`.
 */
export async function keystoreSigner({ path, passwordFile }: { path: string; passwordFile: string }): Promise<Signer> {
  const { crypto, address } = await readKeystore(path)
  const key = await openSealed(crypto, await readSecretFile(passwordFile))
  if (key === null) throw new KeystorePasswordWrongError(path)
  const signer = privateKeySigner(key.toString('hex'), path)
  if (address !== undefined && address.replace(/^0x/i, '').toLowerCase() !== signer.address.slice(2).toLowerCase()) {
    throw new KeystoreUnreadableError({ path, reason: 'does not hold the key of the address written in it' })
  }
  return signer
}

/** The secret in `crypto`; null when the password is another. */
export async function openSealed(crypto: SealedSecret, password: string): Promise<Buffer | null> {
  const derived = await deriveKey(crypto, password)
  const mac = keccak256(Buffer.concat([derived.subarray(16, 32), crypto.ciphertext]))
  if (mac !== `0x${crypto.mac.toString('hex')}`) return null
  const decipher = createDecipheriv('aes-128-ctr', derived.subarray(0, 16), crypto.cipherparams.iv)
  return Buffer.concat([decipher.update(crypto.ciphertext), decipher.final()])
}

async function readKeystore(path: string): Promise<z.output<typeof Keystore>> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new KeystoreUnreadableError({ path, reason: 'cannot be read', cause })
  })
  const { success, data } = Keystore.safeParse(parseJson(text))
  // No cause: parsers quote what they could not read.
  if (!success) throw new KeystoreUnreadableError({ path, reason: 'is not version 3 with a supported cipher' })
  return data
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function deriveKey(crypto: SealedSecret, password: string): Promise<Buffer> {
  if (crypto.kdf === 'pbkdf2') {
    const { salt, c, dklen } = crypto.kdfparams
    return promisify(pbkdf2)(password, salt, c, dklen, 'sha256')
  }
  const { salt, n, r, p, dklen } = crypto.kdfparams
  // OpenSSL counts a little more than the specification's 128·n·r.
  const options = { N: n, r, p, maxmem: 2 * MAX_SCRYPT_BYTES }
  return promisify<string, Buffer, number, ScryptOptions, Buffer>(scrypt)(password, salt, dklen, options)
}

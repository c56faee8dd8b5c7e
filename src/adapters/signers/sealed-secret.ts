import { createDecipheriv, pbkdf2, type ScryptOptions, scrypt } from 'node:crypto'
import { promisify } from 'node:util'
import { keccak256 } from 'viem'
import { z } from 'zod'

/** geth's default takes 256 MiB. More than 1 GiB is a mistake or an attack. */
const MAX_SCRYPT_BYTES = 2 ** 30
/** geth's default is 262,144. This many take some seconds. */
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
/** What a V3 keystore encrypts. */
export const Sealed = sealedOf(exactly(32))
export type SealedSecret = z.output<ReturnType<typeof sealedOf>>

/** OpenSSL accepts only what RFC 7914 allows. The specification's own example (n = 2^18, r = 1) exceeds that. */
function isScryptCost(n: number, r: number): boolean {
  return Number.isInteger(Math.log2(n)) && n < 2 ** (16 * r)
}

/** The secret in `crypto`; null if the password is wrong. */
export async function openSealed(crypto: SealedSecret, password: string): Promise<Buffer | null> {
  const derived = await deriveKey(crypto, password)
  const mac = keccak256(Buffer.concat([derived.subarray(16, 32), crypto.ciphertext]))
  if (mac !== `0x${crypto.mac.toString('hex')}`) return null
  const decipher = createDecipheriv('aes-128-ctr', derived.subarray(0, 16), crypto.cipherparams.iv)
  return Buffer.concat([decipher.update(crypto.ciphertext), decipher.final()])
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

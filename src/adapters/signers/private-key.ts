import { createHmac } from 'node:crypto'
import { isHex, size } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { isSeedPhrase } from '../../domain/secret-forms.ts'
import { BadPrivateKeyError } from '../../errors/signer/keys.ts'
import type { Signer } from '../../ports/signer.ts'
import { localAccountSigner } from './local-account.ts'
import { readSecretFile } from './secret-file.ts'

/** Tells this use of the private key from any other. */
const RECORD_CONTEXT = 'venice-onboard/record/1'

/**
 * Signs with a private key.
 *
 * @param privateKey - 32 bytes in hex; whitespace around it and a missing 0x do not matter.
 * @param source - where it came from, for the error: a variable or a path.
 * @throws {BadPrivateKeyError} without the key, and without a cause: libraries quote what they could not read.
 */
export function privateKeySigner(privateKey: string, source: string): Signer {
  if (isSeedPhrase(privateKey)) throw new BadPrivateKeyError(source, { isPhrase: true })
  const digits = privateKey.trim().replace(/^0x/i, '')
  const key = `0x${digits}` as const
  if (!isHex(key) || size(key) !== 32 || digits.length !== 64) throw new BadPrivateKeyError(source)
  try {
    const recordSecret = () => createHmac('sha256', Buffer.from(digits, 'hex')).update(RECORD_CONTEXT).digest('hex')
    return { ...localAccountSigner(privateKeyToAccount(key)), recordSecret }
  } catch {
    throw new BadPrivateKeyError(source)
  }
}

/**
 * Signs with the private key that is alone in the file at `path`.
 *
 * @throws {KeyFileUnreadableError}
 * @throws {KeyFileTooOpenError}
 * @throws {BadPrivateKeyError}
 */
export const privateKeyFileSigner = async (path: string): Promise<Signer> =>
  privateKeySigner(await readSecretFile(path), path)

/** Whether 32 bytes in hex, which may be a hash, are the private key of `address`. */
export function isKeyOf(bytes: string, address: string): boolean {
  try {
    return privateKeySigner(bytes, 'an argument').address.toLowerCase() === address.toLowerCase()
  } catch {
    return false
  }
}

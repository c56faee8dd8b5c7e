import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { KeystorePasswordWrongError, KeystoreUnreadableError } from '../../errors/signer/keys.ts'
import type { Signer } from '../../ports/signer.ts'
import { privateKeySigner } from './private-key.ts'
import { openSealed, Sealed } from './sealed-secret.ts'
import { readSecretFile } from './secret-file.ts'

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
 * Signs with the key of an encrypted V3 keystore. The key derivation takes up to a second, in another thread.
 *
 * @param path - one file, not a folder.
 * @param passwordFile - holds only the password; as in Foundry, whitespace at its end does not count.
 * @throws {KeystoreUnreadableError}
 * @throws {KeystorePasswordWrongError}
 * @throws {KeyFileUnreadableError} `passwordFile`.
 * @throws {KeyFileTooOpenError} `passwordFile`.
 */
export const keystoreSigner = async (keystore: { path: string; passwordFile: string }): Promise<Signer> =>
  privateKeySigner(await keystoreKey(keystore), keystore.path)

/** Its private key, in hex. @throws as `keystoreSigner` does. */
export async function keystoreKey({ path, passwordFile }: { path: string; passwordFile: string }): Promise<string> {
  const { crypto, address } = await readKeystore(path)
  const key = await openSealed(crypto, await readSecretFile(passwordFile))
  if (key === null) throw new KeystorePasswordWrongError(path)
  const digits = key.toString('hex')
  const signer = privateKeySigner(digits, path)
  if (address !== undefined && address.replace(/^0x/i, '').toLowerCase() !== signer.address.slice(2).toLowerCase()) {
    throw new KeystoreUnreadableError({ path, reason: 'does not hold the key of the address written in it' })
  }
  return digits
}

async function readKeystore(path: string): Promise<z.output<typeof Keystore>> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new KeystoreUnreadableError({ path, reason: 'cannot be read', cause })
  })
  const { success, data } = Keystore.safeParse(parseJson(text))
  // Without the cause, because parsers quote the text that they could not read.
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

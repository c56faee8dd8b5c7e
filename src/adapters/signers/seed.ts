import { createCipheriv, randomBytes, type ScryptOptions, scrypt } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { keccak256, toHex } from 'viem'
import { english, generateMnemonic, mnemonicToAccount, privateKeyToAccount } from 'viem/accounts'
import { z } from 'zod'
import type { Address } from '../../domain/addresses.ts'
import { FleetSignerUnknownError } from '../../errors/fleet.ts'
import { KeystorePasswordWrongError, SeedUnreadableError } from '../../errors/signer/keys.ts'
import type { Signer } from '../../ports/signer.ts'
import { localAccountSigner } from './local-account.ts'
import { hexBytes, openSealed, sealedOf } from './sealed-secret.ts'
import { readSecretFile } from './secret-file.ts'

/**
 * The derivation path of account `{i}` of a seed. @see https://eips.ethereum.org/EIPS/eip-84 and BIP-44 with Ethereum's
 * coin type 60
 */
export const SEED_PATH = "m/44'/60'/0'/0/{i}"
/** The account level of {@link SEED_PATH}: `{i}` below it is not hardened. */
const PARENT_PATH = "m/44'/60'/0'/0"
/** The number of accounts that are searched for an address with unknown index. */
const SEARCHED = 1_000

const KIND = 'venice-onboard/seed'
/** @see https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html (scrypt, checked 2026-11-23) */
const SCRYPT = { n: 2 ** 17, r: 8, p: 1, dklen: 32 } as const
const SCRYPT_MEMORY_BYTES = 2 * 128 * SCRYPT.n * SCRYPT.r

const SeedFile = z.object({ kind: z.literal(KIND), version: z.literal(1), crypto: sealedOf(hexBytes) })

/** The wallets of one seed. It gives out only signers and addresses. */
export interface Seed {
  addressOf(index: number): Address
  /** @throws {FleetSignerUnknownError} */
  signerOf(wallet: { address: string; index?: number | undefined }): Signer
}

/** Twelve words of BIP-39, from the system's randomness. */
export const newMnemonic = (): string => generateMnemonic(english)

/** Whether these are BIP-39 words with the right checksum. */
export function isMnemonic(words: string): boolean {
  try {
    mnemonicToAccount(words)
    return true
  } catch {
    return false
  }
}

/** The text of a file with the encrypted `mnemonic`, similar to Web3 Secret Storage version 3. */
export async function sealSeed(mnemonic: string, password: string): Promise<string> {
  const [salt, iv] = [randomBytes(32), randomBytes(16)]
  const { n, r, p, dklen } = SCRYPT
  const derive = promisify<string, Buffer, number, ScryptOptions, Buffer>(scrypt)
  const derived = await derive(password, salt, dklen, { N: n, r, p, maxmem: SCRYPT_MEMORY_BYTES })
  const cipher = createCipheriv('aes-128-ctr', derived.subarray(0, 16), iv)
  const ciphertext = Buffer.concat([cipher.update(mnemonic, 'utf8'), cipher.final()])
  const mac = keccak256(Buffer.concat([derived.subarray(16, 32), ciphertext])).slice(2)
  const crypto = {
    cipher: 'aes-128-ctr',
    cipherparams: { iv: iv.toString('hex') },
    ciphertext: ciphertext.toString('hex'),
    kdf: 'scrypt',
    kdfparams: { ...SCRYPT, salt: salt.toString('hex') },
    mac,
  }
  return `${JSON.stringify({ kind: KIND, version: 1, path: SEED_PATH, crypto })}\n`
}

/**
 * Opens an encrypted seed. The key derivation takes half a second, in another thread.
 *
 * @throws {SeedUnreadableError} {KeystorePasswordWrongError} {KeyFileUnreadableError} {KeyFileTooOpenError}
 */
export async function openSeed({ path, passwordFile }: { path: string; passwordFile: string }): Promise<Seed> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new SeedUnreadableError({ path, reason: 'cannot be read', cause })
  })
  const { success, data } = SeedFile.safeParse(parseJson(text))
  // Without the cause, because parsers quote the text that they could not read.
  if (!success) throw new SeedUnreadableError({ path, reason: 'is not a seed file of this program' })
  const words = await openSealed(data.crypto, await readSecretFile(passwordFile))
  if (words === null) throw new KeystorePasswordWrongError(path)
  const mnemonic = words.toString('utf8')
  if (!isMnemonic(mnemonic)) throw new SeedUnreadableError({ path, reason: 'holds no words of BIP-39' })
  return seedOf(mnemonic, path)
}

function seedOf(mnemonic: string, where: string): Seed {
  const parent = mnemonicToAccount(mnemonic, { path: PARENT_PATH }).getHdKey()
  const accountAt = (index: number) => {
    const { privateKey } = parent.deriveChild(index)
    // One index in 2^127 has no key.
    if (privateKey === null) throw new SeedUnreadableError({ path: where, reason: `has no account ${index}` })
    return privateKeyToAccount(toHex(privateKey))
  }
  let searched: Map<string, number> | undefined
  const indexOf = (address: string): number | undefined => {
    searched ??= new Map(
      Array.from({ length: SEARCHED }, (_, index) => [accountAt(index).address.toLowerCase(), index]),
    )
    return searched.get(address.toLowerCase())
  }
  return {
    addressOf: (index) => accountAt(index).address,
    signerOf({ address, index = indexOf(address) }) {
      const account = index === undefined ? null : accountAt(index)
      if (account === null || account.address.toLowerCase() !== address.toLowerCase()) {
        const at = index === undefined ? `the first ${SEARCHED} accounts of ${where}` : `account ${index} of ${where}`
        throw new FleetSignerUnknownError({ address, where: at })
      }
      return localAccountSigner(account)
    },
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

import { createHmac } from 'node:crypto'
import { type PrivateKeyAccount, privateKeyToAccount, privateKeyToAddress, toAccount } from 'viem/accounts'
import { type Hex, isSameAddress } from '../../domain/addresses.ts'
import { isSeedPhrase } from '../../domain/secret-forms.ts'
import { BadPrivateKeyError } from '../../errors/signer/keys.ts'
import type { Signer } from '../../ports/signer.ts'
import { addressByNode, keyDigits } from './key-address.ts'
import { localAccountSigner } from './local-account.ts'
import { readSecretFile } from './secret-file.ts'

/** Separates this use of the private key from any other. */
const RECORD_CONTEXT = 'venice-onboard/record/1'

const ofThisProcess = new WeakSet<Signer>()

/** Whether `signer` is one of these: it signs with code and key of this process. */
export const signsHere = (signer: Signer): boolean => ofThisProcess.has(signer)

/**
 * Signs with a private key.
 *
 * @param privateKey - 32 bytes in hex; surrounding whitespace and a missing 0x do not matter.
 * @param source - where it came from, for the error: a variable or a path.
 * @throws {BadPrivateKeyError} without the key, and without a cause: libraries quote what they could not read.
 */
export function privateKeySigner(privateKey: string, source: string): Signer {
  const key = privateKeyIn(privateKey, source)
  const digits = key.slice(2)
  try {
    const recordSecret = () => createHmac('sha256', Buffer.from(digits, 'hex')).update(RECORD_CONTEXT).digest('hex')
    let made: PrivateKeyAccount | undefined
    const account = () => {
      made ??= privateKeyToAccount(key)
      return made
    }
    const lazy = toAccount({
      address: addressByNode(digits) ?? privateKeyToAddress(key),
      signMessage: (parameters) => account().signMessage(parameters),
      signTransaction: (...parameters) => account().signTransaction(...parameters),
      signTypedData: (parameters) => account().signTypedData(parameters),
    })
    const signer: Signer = { ...localAccountSigner(lazy), recordSecret, prepare: () => void account() }
    ofThisProcess.add(signer)
    return signer
  } catch {
    throw new BadPrivateKeyError(source)
  }
}

/**
 * The key in `privateKey`, as 32 bytes in hex.
 *
 * @throws {BadPrivateKeyError} as above.
 */
export function privateKeyIn(privateKey: string, source: string): Hex {
  if (isSeedPhrase(privateKey)) throw new BadPrivateKeyError(source, { isPhrase: true })
  const digits = keyDigits(privateKey)
  if (digits === null) throw new BadPrivateKeyError(source)
  return `0x${digits}`
}

/**
 * Signs with the private key in the file at `path`, which holds nothing else.
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
    return isSameAddress(privateKeySigner(bytes, 'an argument').address, address)
  } catch {
    return false
  }
}

import { type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts'
import { BadPrivateKeyError } from '../../errors/signer/keys.ts'
import { privateKeyIn } from './private-key.ts'

/**
 * The account of a private key with all methods of viem's accounts. It can own a smart account and sign its hashes.
 *
 * @throws {BadPrivateKeyError} as `privateKeySigner`.
 */
export function privateKeyOwner(privateKey: string, source: string): PrivateKeyAccount {
  const key = privateKeyIn(privateKey, source)
  try {
    return privateKeyToAccount(key)
  } catch {
    throw new BadPrivateKeyError(source)
  }
}

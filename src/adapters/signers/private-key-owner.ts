import { type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts'
import { BadPrivateKeyError } from '../../errors/signer/keys.ts'
import { privateKeyIn } from './private-key.ts'

/**
 * The account of a private key with all that viem's accounts do: it can own a smart account, whose hashes it then signs.
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

import { type EthersSigner, ethersSigner } from '../adapters/signers/ethers-signer.ts'
import { localAccountSigner } from '../adapters/signers/local-account.ts'
import { privateKeySigner } from '../adapters/signers/private-key.ts'
import type { Address, Hex } from '../domain/addresses.ts'
import type { Redactor } from '../domain/redact.ts'
import type { Signer } from '../ports/signer.ts'

/**
 * The part of a viem `LocalAccount` that is used, in words of its own: an account of any version of viem fits, and who
 * imports these types needs no viem.
 */
export interface ViemAccount {
  readonly type: 'local'
  readonly address: Address
  signMessage(parameters: { message: string }): Promise<Hex>
  signTransaction(transaction: {
    type: 'eip1559'
    chainId: number
    nonce: number
    gas: bigint
    maxFeePerGas: bigint
    maxPriorityFeePerGas: bigint
    to: Address
    data: Hex
    value: bigint
  }): Promise<Hex>
}

/** A wallet in one of the shapes that agents have it in: a private key in hex, a viem account, an ethers signer, or ours. */
export type SignerSource = string | ViemAccount | EthersSigner | Signer

/**
 * The signer behind `source`. A private key is remembered by `redactor`. No side effects.
 *
 * @throws {BadPrivateKeyError} {CannotSignTransactionsError}
 */
export async function signerFrom(source: SignerSource, redactor: Redactor): Promise<Signer> {
  if (typeof source === 'string') {
    redactor.add(source)
    return privateKeySigner(source, 'the option `signer`')
  }
  if ('getAddress' in source) return ethersSigner(source)
  // What is a viem account to the eye is one to the adapter, which uses no more of it.
  if (isViemAccount(source)) return localAccountSigner(source as Parameters<typeof localAccountSigner>[0])
  return source
}

const isViemAccount = (source: ViemAccount | Signer): source is ViemAccount =>
  'type' in source && source.type === 'local'

import { isAddress } from 'viem'
import { UnknownWalletError } from '../../errors/signer/signing.ts'
import type { Signer } from '../../ports/signer.ts'
import { type AgentKitWalletProvider, agentKitSigner } from './agentkit.ts'
import {
  type AccountLike,
  accountSigner,
  type Eip1193Provider,
  type WalletClientLike,
  walletClientSigner,
} from './eip1193.ts'
import { type EthersSigner, ethersSigner } from './ethers-signer.ts'
import { privateKeySigner } from './private-key.ts'
import type { SendingOptions } from './sending.ts'
import { type VerifyOptions, verifyingSigner } from './verify.ts'

/** Every shape of wallet that `signerFrom` knows. */
export type WalletLike =
  | string
  | Signer
  | AccountLike
  | WalletClientLike
  | Eip1193Provider
  | EthersSigner
  | AgentKitWalletProvider

export interface SignerFromOptions extends SendingOptions, VerifyOptions {
  /** Wraps the wallet directly, inside the checks: e.g. a signer that asks for approval, or that counts. */
  around?: (wallet: Signer) => Signer
}

/**
 * The signer behind any wallet, recognised by its shape: a private key in hex, a viem `WalletClient`, an account with
 * viem's methods (`LocalAccount`, CDP's `EvmServerAccount`, and others), an EIP-1193 provider, an ethers v6 `Signer`,
 * an AgentKit `EvmWalletProvider`, or a `Signer` of ours. All but the first are checked as `verifyingSigner` does. Side
 * effects: requests the account of a wallet in another process.
 *
 * @throws {UnknownWalletError} it is none of these. {BadPrivateKeyError} {NoAccountError} {CannotSignTransactionsError}
 */
export async function signerFrom(wallet: WalletLike, options: SignerFromOptions = {}): Promise<Signer> {
  const { around = (signer) => signer } = options
  if (typeof wallet === 'string') return around(privateKeySigner(wallet, 'what was given to sign with'))
  return verifyingSigner(around(await recognised(wallet, options)), options)
}

async function recognised(wallet: unknown, options: SendingOptions): Promise<Signer> {
  if (typeof wallet !== 'object' || wallet === null) {
    throw new UnknownWalletError(wallet === null ? 'null' : `a value of type ${typeof wallet}`)
  }
  // A wallet with the methods of a shape is of that shape: the adapter uses nothing else.
  const has = (...names: string[]) => names.every((name) => typeof Reflect.get(wallet, name) === 'function')
  if (has('getAddress', 'getNetwork', 'getName', 'signMessage')) {
    return agentKitSigner(wallet as AgentKitWalletProvider, options)
  }
  if (has('getAddress', 'signMessage')) return ethersSigner(wallet as EthersSigner, options)
  if (has('request')) return walletClientSigner(wallet as WalletClientLike, options)
  const address: unknown = Reflect.get(wallet, 'address')
  if (!has('signMessage') || typeof address !== 'string') {
    throw new UnknownWalletError('an object without the methods of a known wallet')
  }
  // Accounts of other chains have methods of the same names.
  if (!isAddress(address, { strict: false }))
    throw new UnknownWalletError('an account whose address is not an EVM address')
  // Our own signers have neither.
  if (Reflect.has(wallet, 'type') || has('signTypedData')) return accountSigner(wallet as AccountLike)
  if (has('signTransaction')) return wallet as Signer
  throw new UnknownWalletError('an object that can sign only messages')
}

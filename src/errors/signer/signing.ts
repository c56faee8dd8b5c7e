import type { Address } from '../../domain/addresses.ts'
import { action, say, setting } from '../../domain/next-action.ts'
import { OnboardingError } from '../base.ts'

/** The wallet can neither sign a transaction nor send one. */
export class CannotSignTransactionsError extends OnboardingError {
  override readonly name = 'CannotSignTransactionsError'
  readonly code = 'signer/cannot-sign-transactions'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint = 'Use a signer with signTransaction or sendTransaction, e.g. an ethers Wallet or a viem LocalAccount.'

  constructor(address: Address) {
    super(`The signer of ${address} can neither sign a transaction nor send one.`)
  }
}

/** A person declined the request in the signer. */
export class SigningRefusedError extends OnboardingError {
  /** ethers' code, and EIP-1193's, for "the user rejected the request". */
  static readonly codes: readonly unknown[] = ['ACTION_REJECTED', 4001]
  override readonly name = 'SigningRefusedError'
  readonly code = 'signer/refused'
  readonly recovery = 'refuse'
  readonly exit = 'refused'
  readonly hint = 'Run the same command again and approve the request in the wallet.'

  /** @param reason - the signer's own words, without the content to sign. */
  constructor(address: Address, reason?: string) {
    super(`The signer of ${address} refused to sign.`, { facts: reason ? [reason] : [] })
  }
}

/** The wallet's provider refused because of a policy, e.g. of a server wallet. Nothing was signed. It was asked once. */
export class PolicyRefusedError extends OnboardingError {
  override readonly name = 'PolicyRefusedError'
  readonly code = 'signer/policy-refused'
  readonly recovery = 'refuse'
  readonly exit = 'refused'
  readonly hint =
    say`Allow what ${action('plan')} shows in the policy of the wallet: its contracts on Base, and messages for Venice. Then run the same command again.`

  /** @param reason - the provider's own words, without the content to sign. */
  constructor({ address, reason }: { address: Address; reason: string }) {
    super(`A policy of the wallet ${address} refused to sign.`, { facts: [reason] })
  }
}

/** The wallet's provider rejected the request: credentials, account or method are wrong. Nothing was signed. */
export class RequestRejectedError extends OnboardingError {
  override readonly name = 'RequestRejectedError'
  readonly code = 'signer/request-rejected'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint =
    'Check the credentials of the wallet, and that the account is connected and can sign for Base; then run the same command again.'

  /** @param reason - the provider's own words, without the content to sign. */
  constructor({ address, reason }: { address: Address; reason: string }) {
    super(`The wallet ${address} rejected the request.`, { facts: [reason] })
  }
}

/** The signer failed, e.g. because a remote signer cannot be reached. Nothing was signed or sent. */
export class SigningFailedError extends OnboardingError {
  override readonly name = 'SigningFailedError'
  readonly code = 'signer/failed'
  readonly recovery = 'retry'
  readonly exit = 'transient'
  readonly hint = 'Check that the signer is reachable and unlocked, then run the same command again.'

  /** @param reason - the signer's own words, without the content to sign. Its error may hold that content, so there is no `cause`. */
  constructor({ address, reason }: { address: Address; reason: string }) {
    super(`The signer of ${address} failed.`, { facts: [reason] })
  }
}

/** The signer was asked to sign for an account it does not hold. */
export class OtherAccountError extends OnboardingError {
  override readonly name = 'OtherAccountError'
  readonly code = 'signer/other-account'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint = 'Give the key of the wallet that this run belongs to.'

  constructor({ address, from }: { address: Address; from: Address }) {
    super(`The transaction is from ${from}, but the signer holds ${address}.`)
  }
}

/** A message signature is not from the address of its signer: Venice would refuse it. */
export class SignatureInvalidError extends OnboardingError {
  override readonly name = 'SignatureInvalidError'
  readonly code = 'signer/signature-invalid'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint =
    'Use the key of the staking wallet itself. A smart account signs with its owner’s key, which Venice does not accept for the account.'

  /** @param signedBy - who signed, e.g. the owner of a smart account; null if the signature is malformed. */
  constructor(address: Address, signedBy: Address | null = null) {
    super(`The signature is not from ${address}.`, signedBy === null ? {} : { facts: [`signed by ${signedBy}`] })
  }
}

/** The signer changed the transaction. It was not sent. */
export class TransactionAlteredError extends OnboardingError {
  override readonly name = 'TransactionAlteredError'
  readonly code = 'signer/transaction-altered'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint = 'Use a signer that keeps nonce, gas and fees unchanged. Some wallet bridges drop them.'

  /** @param fields - names of what differs. */
  constructor({ address, fields }: { address: Address; fields: readonly string[] }) {
    super(`The signer of ${address} signed a different transaction from the one requested.`, {
      facts: [`differs in ${fields.join(', ')}`],
    })
  }
}

/** This product does not support wallets of this type. */
export class UnknownWalletError extends OnboardingError {
  override readonly name = 'UnknownWalletError'
  readonly code = 'signer/unknown-wallet'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint =
    'Give a viem LocalAccount or WalletClient, an EIP-1193 provider, an ethers v6 Signer, an AgentKit EvmWalletProvider, a private key, or a Signer of this package.'

  /** @param found - its type, in a few words; quotes nothing from it, since it may hold a key. */
  constructor(found: string) {
    super(`Unsupported wallet type: ${found}.`)
  }
}

/** The wallet shows no account, or not the requested one. */
export class NoAccountError extends OnboardingError {
  override readonly name = 'NoAccountError'
  readonly code = 'signer/no-account'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint = 'Connect the account in the wallet, or name an account that the wallet shows.'

  constructor(wanted?: Address) {
    super(wanted === undefined ? 'The wallet shows no account.' : `The wallet does not show the account ${wanted}.`)
  }
}

/** The command of `exec:` cannot be run, or its answer does not follow the protocol. */
export class SignerCommandError extends OnboardingError {
  override readonly name = 'SignerCommandError'
  readonly code = 'signer/command-unusable'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint =
    say`Fix the command of ${setting('signer', 'exec:CMD')}. docs/wallets.md describes its input and output.`

  /** @param reason - completes "…, because …"; without the content to sign. */
  constructor(reason: string) {
    super(`The signer's command cannot be used, because ${reason}.`)
  }
}

/** `--signer` names an unknown type of signer. */
export class UnknownSignerError extends OnboardingError {
  override readonly name = 'UnknownSignerError'
  readonly code = 'signer/unknown-kind'
  readonly recovery = 'fixInput'
  readonly exit = 'usage'
  readonly hint = say`Use ${setting('signer', 'exec:CMD')}.`

  constructor(spec: string) {
    super(`There is no signer type "${spec}".`)
  }
}

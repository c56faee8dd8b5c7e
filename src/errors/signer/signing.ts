import type { Address } from '../../domain/addresses.ts'
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

/** A person behind the signer said no. */
export class SigningRefusedError extends OnboardingError {
  /** ethers' code, and EIP-1193's, for "the user rejected the request". */
  static readonly codes: readonly unknown[] = ['ACTION_REJECTED', 4001]
  override readonly name = 'SigningRefusedError'
  readonly code = 'signer/refused'
  readonly recovery = 'refuse'
  readonly exit = 'refused'
  readonly hint = 'Run the same command again and approve the request in the wallet.'

  /** @param reason - the signer's own words, without what it was to sign. */
  constructor(address: Address, reason?: string) {
    super(`The signer of ${address} refused to sign.`, { facts: reason ? [reason] : [] })
  }
}

/** A rule of the wallet's keeper said no, e.g. the policy of a server wallet. Nothing was signed. It was asked once. */
export class PolicyRefusedError extends OnboardingError {
  override readonly name = 'PolicyRefusedError'
  readonly code = 'signer/policy-refused'
  readonly recovery = 'refuse'
  readonly exit = 'refused'
  readonly hint =
    'Allow what `venice-onboard plan` shows in the policy of the wallet: its contracts on Base, and messages for Venice. Then run the same command again.'

  /** @param reason - the keeper's own words, without what was to be signed. */
  constructor({ address, reason }: { address: Address; reason: string }) {
    super(`A policy of the wallet ${address} refused to sign.`, { facts: [reason] })
  }
}

/** The wallet's keeper does not take the request: credentials, account or method are wrong. Nothing was signed. */
export class RequestRejectedError extends OnboardingError {
  override readonly name = 'RequestRejectedError'
  readonly code = 'signer/request-rejected'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint =
    'Check the credentials of the wallet, and that the account is connected and can sign for Base; then run the same command again.'

  /** @param reason - the keeper's own words, without what was to be signed. */
  constructor({ address, reason }: { address: Address; reason: string }) {
    super(`The wallet ${address} does not take the request.`, { facts: [reason] })
  }
}

/** The signer broke down, e.g. a remote one that cannot be reached. Nothing was signed or sent. */
export class SigningFailedError extends OnboardingError {
  override readonly name = 'SigningFailedError'
  readonly code = 'signer/failed'
  readonly recovery = 'retry'
  readonly exit = 'transient'
  readonly hint = 'Check that the signer is reachable and unlocked, then run the same command again.'

  /** @param reason - the signer's own words, without what it was to sign; its error may hold that, so there is no `cause`. */
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
    'Use the key of the staking wallet itself. A smart account signs with the key of its owner, which Venice does not take for the account.'

  /** @param signedBy - whose signature it is, e.g. the owner's of a smart account; null where it is none. */
  constructor(address: Address, signedBy: Address | null = null) {
    super(`The signature is not from ${address}.`, signedBy === null ? {} : { facts: [`signed by ${signedBy}`] })
  }
}

/** A signed transaction is not the one that was asked for. It was not sent. */
export class TransactionAlteredError extends OnboardingError {
  override readonly name = 'TransactionAlteredError'
  readonly code = 'signer/transaction-altered'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint = 'Use a signer that signs nonce, gas and fees as given; some wallet bridges drop them.'

  /** @param fields - names of what differs. */
  constructor({ address, fields }: { address: Address; fields: readonly string[] }) {
    super(`The signer of ${address} signed another transaction than it was asked to.`, {
      facts: [`differs in ${fields.join(', ')}`],
    })
  }
}

/** What was given as a wallet is none that this product knows how to use. */
export class UnknownWalletError extends OnboardingError {
  override readonly name = 'UnknownWalletError'
  readonly code = 'signer/unknown-wallet'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint =
    'Give a viem LocalAccount or WalletClient, an EIP-1193 provider, an ethers v6 Signer, an AgentKit EvmWalletProvider, a private key, or a Signer of this package.'

  /** @param found - what it is instead, in a word; quotes nothing from it, since it may hold a key. */
  constructor(found: string) {
    super(`What was given to sign with is no wallet: it is ${found}.`)
  }
}

/** The wallet shows no account, or not the one that was asked for. */
export class NoAccountError extends OnboardingError {
  override readonly name = 'NoAccountError'
  readonly code = 'signer/no-account'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint = 'Connect the account with the wallet, or name one that it shows.'

  constructor(wanted?: Address) {
    super(wanted === undefined ? 'The wallet shows no account.' : `The wallet does not show the account ${wanted}.`)
  }
}

/** The command of `exec:` cannot be run, or answers in another way than the protocol says. */
export class SignerCommandError extends OnboardingError {
  override readonly name = 'SignerCommandError'
  readonly code = 'signer/command-unusable'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint =
    'Mend the command given as --signer exec:CMD; docs/wallets.md has what it is asked, and what it answers.'

  /** @param reason - completes "…, because …"; without what was to be signed. */
  constructor(reason: string) {
    super(`The signer's command cannot be used, because ${reason}.`)
  }
}

/** `--signer` names a kind of signer that does not exist. */
export class UnknownSignerError extends OnboardingError {
  override readonly name = 'UnknownSignerError'
  readonly code = 'signer/unknown-kind'
  readonly recovery = 'fixInput'
  readonly exit = 'usage'
  readonly hint = 'Use --signer exec:CMD.'

  constructor(spec: string) {
    super(`There is no signer of the kind "${spec}".`)
  }
}

import type { Address, Hex } from '../domain/addresses.ts'
import { explorerUrl } from '../domain/addresses.ts'
import { type ErrorOptions, OnboardingError } from './base.ts'

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

/** The wallet is switched to another chain. Nothing was sent. */
export class WalletOnOtherChainError extends OnboardingError {
  override readonly name = 'WalletOnOtherChainError'
  readonly code = 'wallet/other-chain'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint: string

  constructor({ address, found, wanted }: { address: Address; found: number; wanted: number }) {
    super(`The wallet of ${address} is on chain ${found}.`)
    this.hint = `Switch it to chain ${wanted}, then run the same command again.`
  }
}

/**
 * The wallet sends user operations of a contract account. Their nonces cannot be chosen here, so that one whose answer
 * was lost could be sent twice. Nothing was sent.
 */
export class UserOperationsError extends OnboardingError {
  override readonly name = 'UserOperationsError'
  readonly code = 'wallet/user-operations'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint =
    'Use an account with a key of its own, or let a sponsor stake for this one, so that it signs the challenge alone.'

  constructor(address: Address) {
    super(`${address} sends user operations, which cannot be sent exactly once from here.`)
  }
}

/**
 * Whether the wallet sent a transaction cannot be told: its answer was lost, no endpoint shows it, and the wallet is not
 * known to keep to a nonce, so that asking again could send it twice.
 */
export class SendOutcomeUnknownError extends OnboardingError {
  override readonly name = 'SendOutcomeUnknownError'
  readonly code = 'wallet/send-outcome-unknown'
  readonly recovery = 'stop'
  readonly exit = 'waiting'
  readonly hint =
    'Look into the wallet: if it sent it, run the same command again once it is mined; if it did not, open the wallet with `notSent: true` and run it again.'

  constructor({ purpose, nonce }: { purpose: string; nonce: number }, options: ErrorOptions = {}) {
    super(`Whether the wallet sent the ${purpose} transaction with nonce ${nonce} cannot be told.`, options)
  }
}

/** The wallet is asked to send when all before it is mined, and that is not shown yet. Nothing was sent. */
export class NotNextNonceError extends OnboardingError {
  override readonly name = 'NotNextNonceError'
  readonly code = 'wallet/not-next-nonce'
  readonly recovery = 'retry'
  readonly exit = 'transient'
  readonly hint = 'Run the same command again once the transactions before it are mined.'

  constructor({ purpose, nonce }: { purpose: string; nonce: number }, options: ErrorOptions = {}) {
    super(`The ${purpose} transaction has nonce ${nonce}, and the wallet's next one is another.`, options)
  }
}

/** The wallet sent another transaction than it was asked to, e.g. under a nonce of its own. */
export class SentOtherwiseError extends OnboardingError {
  override readonly name = 'SentOtherwiseError'
  readonly code = 'wallet/sent-otherwise'
  readonly recovery = 'stop'
  readonly exit = 'rejected'
  readonly hint: string

  /** @param fields - names of what differs. */
  constructor({ address, hash, fields }: { address: Address; hash: Hex; fields: readonly string[] }) {
    super(`The wallet of ${address} sent another transaction than it was asked to.`, {
      facts: [`differs in ${fields.join(', ')}`, `Transaction: ${hash}`],
    })
    this.hint = `Look at ${explorerUrl('tx', hash)} before anything else is sent; once it is mined, the same command goes on from what the chain shows.`
  }
}

/** A transaction waits that only another one under its nonce gets going, and the wallet is not known to keep to a nonce. */
export class CannotReplaceError extends OnboardingError {
  override readonly name = 'CannotReplaceError'
  readonly code = 'wallet/cannot-replace'
  readonly recovery = 'stop'
  readonly exit = 'waiting'
  readonly hint = 'Speed it up in the wallet itself, then run the same command again; it finds what replaced it.'

  constructor(address: Address) {
    super(`The wallet of ${address} cannot be asked to replace a transaction.`)
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

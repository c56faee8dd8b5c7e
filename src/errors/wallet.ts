import { type Address, explorerUrl, type Hex } from '../domain/addresses.ts'
import { formatAmount, USDC_DECIMALS } from '../domain/amounts.ts'
import { type ErrorOptions, OnboardingError } from './base.ts'

/** What the wallet has and needs, in base units. */
export interface Shortfall {
  address: Address
  vvv: { has: bigint; needs: bigint }
  eth: { has: bigint; needs: bigint }
}

const missing = ({ has, needs }: { has: bigint; needs: bigint }): bigint => (needs > has ? needs - has : 0n)

function shortfallFacts({ address, vvv, eth }: Shortfall): string[] {
  const line = (coin: string, amounts: { has: bigint; needs: bigint }, maxFraction: number) =>
    `${coin}: has ${formatAmount(amounts.has, { maxFraction })}, needs ${formatAmount(amounts.needs, { maxFraction })}`
  return [`Wallet: ${address}`, line('VVV', vvv, 18), line('ETH', eth, 9)]
}

/** Says what to send where; ETH is rounded up to a whole gwei. */
function sendHint({ address, vvv, eth }: Shortfall): string {
  const gwei = 1_000_000_000n
  const parts = [
    missing(vvv) > 0n ? `${formatAmount(missing(vvv))} VVV` : null,
    missing(eth) > 0n ? `${formatAmount(((missing(eth) + gwei - 1n) / gwei) * gwei)} ETH` : null,
  ].filter((part) => part !== null)
  return `Send ${parts.join(' and ')} on Base to ${address}, then run the same command again.`
}

/** The wallet holds less VVV than is to be staked. */
export class InsufficientVvvError extends OnboardingError {
  override readonly name = 'InsufficientVvvError'
  readonly code = 'wallet/insufficient-vvv'
  readonly recovery = 'fund'
  readonly exit = 'funds'
  readonly hint: string

  constructor(shortfall: Shortfall, options: ErrorOptions = {}) {
    super('The wallet holds less VVV than is to be staked.', { ...options, facts: shortfallFacts(shortfall) })
    this.hint = sendHint(shortfall)
  }
}

/** The wallet holds less ETH than the transactions may cost, the L1 data fee included. */
export class InsufficientEthError extends OnboardingError {
  override readonly name = 'InsufficientEthError'
  readonly code = 'wallet/insufficient-eth'
  readonly recovery = 'fund'
  readonly exit = 'funds'
  readonly hint: string

  constructor(shortfall: Shortfall, options: ErrorOptions = {}) {
    super('The wallet holds less ETH than the transactions may cost.', { ...options, facts: shortfallFacts(shortfall) })
    this.hint = sendHint(shortfall)
  }
}

/** The wallet holds less USDC than is to be paid. */
export class InsufficientUsdcError extends OnboardingError {
  override readonly name = 'InsufficientUsdcError'
  readonly code = 'wallet/insufficient-usdc'
  readonly recovery = 'fund'
  readonly exit = 'funds'
  readonly hint: string

  /** Base units, 6 decimals. */
  constructor({ address, has, needs }: { address: Address; has: bigint; needs: bigint }, options: ErrorOptions = {}) {
    const usdc = (units: bigint) => `${formatAmount(units, { decimals: USDC_DECIMALS })} USDC`
    super('The wallet holds less USDC than is to be paid.', {
      ...options,
      facts: [`Wallet: ${address}`, `USDC: has ${usdc(has)}, needs ${usdc(needs)}`],
    })
    this.hint = `Send ${usdc(needs - has)} on Base to ${address}, then run the same command again.`
  }
}

/** The node did not take the transaction because the wallet cannot pay for it. */
export class CannotPayGasError extends OnboardingError {
  override readonly name = 'CannotPayGasError'
  readonly code = 'wallet/cannot-pay-gas'
  readonly recovery = 'fund'
  readonly exit = 'funds'
  readonly hint: string

  constructor(address: Address, options: ErrorOptions = {}) {
    super(`${address} has not enough ETH for the transaction that is signed.`, options)
    this.hint = `Send ETH on Base to ${address}, then run the same command again.`
  }
}

/** A contract account cannot make the signature Venice checks. */
export class ContractWalletError extends OnboardingError {
  override readonly name = 'ContractWalletError'
  readonly code = 'wallet/contract-account'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint = 'Use a wallet with a private key of its own; Venice documents only those for minting.'

  constructor(address: Address, options: ErrorOptions = {}) {
    super(`${address} is a contract account.`, options)
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

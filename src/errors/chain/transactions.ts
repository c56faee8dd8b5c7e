import { type Address, explorerUrl } from '../../domain/addresses.ts'
import { type ErrorOptions, OnboardingError } from '../base.ts'

/** The node says that staking would revert, although balance and allowance are there. */
export class StakeWouldRevertError extends OnboardingError {
  override readonly name = 'StakeWouldRevertError'
  readonly code = 'chain/stake-would-revert'
  readonly recovery = 'stop'
  readonly exit = 'refused'
  readonly hint =
    'No stake was sent. The contract may be paused or changed; an allowance that is set stays until revoked.'

  constructor(reason: string, options: ErrorOptions = {}) {
    super(`Staking would revert: ${reason}`, options)
  }
}

/** Approving would revert. */
export class ApproveWouldRevertError extends OnboardingError {
  override readonly name = 'ApproveWouldRevertError'
  readonly code = 'chain/approve-would-revert'
  readonly recovery = 'stop'
  readonly exit = 'refused'
  readonly hint = 'Nothing was sent. The VVV token at this endpoint is not the one on Base.'

  constructor(reason: string, options: ErrorOptions = {}) {
    super(`Approving would revert: ${reason}`, options)
  }
}

/** The wallet has transactions in flight that this run did not make; using their nonces would fight over them. */
export class ForeignTransactionError extends OnboardingError {
  override readonly name = 'ForeignTransactionError'
  readonly code = 'chain/foreign-transaction'
  readonly recovery = 'retry'
  readonly exit = 'transient'
  readonly hint =
    'Wait until they are mined, then run the same command again. Nothing else may send from this wallet meanwhile.'

  constructor(address: Address, { mined, pending }: { mined: number; pending: number }, options: ErrorOptions = {}) {
    super(
      `${address} has ${pending - mined} pending transaction(s) that this run did not send, from nonce ${mined} on.`,
      options,
    )
  }
}

/** The nonce is used already: by this very transaction, or by another. */
export class NonceUsedError extends OnboardingError {
  override readonly name = 'NonceUsedError'
  readonly code = 'chain/nonce-used'
  readonly recovery = 'replan'
  readonly exit = 'transient'
  readonly hint = 'Run the same command again; it looks at the chain before it sends anything.'

  constructor(nonce: number, options: ErrorOptions = {}) {
    super(`Nonce ${nonce} is used already.`, options)
  }
}

/** A recorded transaction waits below the base fee, where no block can take it. */
export class TransactionUnderpricedError extends OnboardingError {
  override readonly name = 'TransactionUnderpricedError'
  readonly code = 'chain/transaction-underpriced'
  readonly recovery = 'unblock'
  readonly exit = 'transient'
  readonly hint = 'Run the same command again; it raises the fees under the same nonce, within --max-gas-eth.'

  constructor({ hash, maxFeePerGas }: { hash: string; maxFeePerGas: string }, baseFeePerGas: string) {
    super(`${hash} pays at most ${maxFeePerGas} wei a gas, and the base fee is ${baseFeePerGas}.`)
  }
}

/** A recorded transaction is next and pays enough, and for about a minute no block has taken it. */
export class TransactionStuckError extends OnboardingError {
  override readonly name = 'TransactionStuckError'
  readonly code = 'chain/transaction-stuck'
  readonly recovery = 'unblock'
  readonly exit = 'transient'
  readonly hint = 'Run the same command again; it raises the fees under the same nonce, within --max-gas-eth.'

  constructor(hash: string, waitedMs: number, options: ErrorOptions = {}) {
    super(`${hash} pays enough and has waited for ${Math.round(waitedMs / 1000)} s.`, options)
  }
}

/** A nonce before the recorded transaction is used by nobody, so that it waits for ever. */
export class NonceGapError extends OnboardingError {
  override readonly name = 'NonceGapError'
  readonly code = 'chain/nonce-gap'
  readonly recovery = 'unblock'
  readonly exit = 'transient'
  readonly hint = 'Run the same command again; it fills the gap with an empty transaction to the wallet itself.'

  constructor(hash: string, { nonce, next }: { nonce: number; next: number }, options: ErrorOptions = {}) {
    super(`${hash} has nonce ${nonce}, and nothing is known that uses nonce ${next}.`, options)
  }
}

/** A recorded transaction is not known to any node, however often its bytes were handed out. */
export class TransactionMissingError extends OnboardingError {
  override readonly name = 'TransactionMissingError'
  readonly code = 'chain/transaction-missing'
  readonly recovery = 'retry'
  readonly exit = 'transient'
  readonly hint = 'Run the same command again; it hands out the same bytes, never new ones.'

  constructor(hash: string, options: ErrorOptions = {}) {
    super(`No node knows ${hash}, which was sent.`, options)
  }
}

/** Another transaction used the nonce, so the recorded one can never be mined. */
export class TransactionSupersededError extends OnboardingError {
  override readonly name = 'TransactionSupersededError'
  readonly code = 'chain/transaction-superseded'
  readonly recovery = 'replan'
  readonly exit = 'transient'
  readonly hint =
    'Run the same command again; it plans anew from what the chain shows. Nothing else may send from this wallet.'

  constructor(hash: string, nonce: number, options: ErrorOptions = {}) {
    super(`Another transaction used nonce ${nonce} in place of ${hash}.`, options)
  }
}

/** Mined, but reverted: gas is spent, nothing else happened. */
export class TransactionRevertedError extends OnboardingError {
  override readonly name = 'TransactionRevertedError'
  readonly code = 'chain/transaction-reverted'
  readonly recovery = 'stop'
  readonly exit = 'rejected'
  readonly hint: string

  constructor(purpose: string, hash: string, options: ErrorOptions = {}) {
    super(`The ${purpose} transaction was mined and reverted.`, {
      ...options,
      facts: [`Transaction: ${hash}`, ...(options.facts ?? [])],
    })
    this.hint = `See why at ${explorerUrl('tx', hash)}; the next run plans anew from what the chain shows.`
  }
}

/** Not mined in time; it may still be later. */
export class ConfirmationTimeoutError extends OnboardingError {
  override readonly name = 'ConfirmationTimeoutError'
  readonly code = 'chain/confirmation-timeout'
  readonly recovery = 'stop'
  readonly exit = 'waiting'
  readonly hint = 'Run the same command again; it goes on watching the same transactions.'

  constructor(hashes: readonly string[], waitedMs: number, options: ErrorOptions = {}) {
    super(`Not mined within ${Math.round(waitedMs / 1000)} s: ${hashes.join(', ')}.`, options)
  }
}

/** Mined with success, yet the chain's state does not show what it was to do. */
export class NotCreditedError extends OnboardingError {
  override readonly name = 'NotCreditedError'
  readonly code = 'chain/not-credited'
  readonly recovery = 'stop'
  readonly exit = 'rejected'
  readonly hint: string

  constructor(purpose: string, hash: string, options: ErrorOptions = {}) {
    super(`The ${purpose} transaction succeeded, but its effect does not show on chain.`, options)
    this.hint = `Nothing more is sent. Look at ${explorerUrl('tx', hash)} before anything else is staked.`
  }
}

/** Another transaction waits under the same nonce, and ours does not pay enough to take its place. It is not outbid. */
export class NonceContestedError extends OnboardingError {
  override readonly name = 'NonceContestedError'
  readonly code = 'chain/nonce-contested'
  readonly recovery = 'replan'
  readonly exit = 'transient'
  readonly hint =
    'Run the same command again once the other transaction is mined. Nothing else may send from this wallet.'

  constructor(nonce: number, options: ErrorOptions = {}) {
    super(`Another transaction waits under nonce ${nonce}.`, options)
  }
}

/**
 * A delegated account may have one transaction in flight, and has it.
 * @see https://eips.ethereum.org/EIPS/eip-7702
 */
export class InFlightLimitError extends OnboardingError {
  override readonly name = 'InFlightLimitError'
  readonly code = 'chain/in-flight-limit'
  readonly recovery = 'retry'
  readonly exit = 'transient'
  readonly hint = 'Run the same command again once the pending transaction is mined; it hands out the same bytes.'

  constructor(what: string, options: ErrorOptions = {}) {
    super(`The account may not have more transactions in flight: ${what}`, options)
  }
}

/** Signed in cheaper times: the same bytes will do once the base fee has come down. */
export class FeeTooLowError extends OnboardingError {
  override readonly name = 'FeeTooLowError'
  readonly code = 'chain/fee-too-low'
  readonly recovery = 'unblock'
  readonly exit = 'transient'
  readonly hint = 'Run the same command again; it raises the fees under the same nonce, within --max-gas-eth.'

  constructor(what: string, options: ErrorOptions = {}) {
    super(`The transaction offers less than the network asks for now: ${what}`, options)
  }
}

/** The gas of a signed transaction is less than it takes, or more than one transaction may have. */
export class GasRefusedError extends OnboardingError {
  override readonly name = 'GasRefusedError'
  readonly code = 'chain/gas-refused'
  readonly recovery = 'stop'
  readonly exit = 'unexpected'
  readonly hint = 'Nothing was sent. Try another endpoint with --rpc-url; if all refuse it, report it as a defect.'

  constructor(what: string, options: ErrorOptions = {}) {
    super(`The node does not take the gas limit of the transaction: ${what}`, options)
  }
}

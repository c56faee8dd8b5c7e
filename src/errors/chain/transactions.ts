import { type Address, explorerUrl } from '../../domain/addresses.ts'
import { say, setting, type Told } from '../../domain/next-action.ts'
import { type ErrorOptions, OnboardingError } from '../base.ts'

/** The node says that staking would revert, although balance and allowance suffice. */
export class StakeWouldRevertError extends OnboardingError {
  override readonly name = 'StakeWouldRevertError'
  readonly code = 'chain/stake-would-revert'
  readonly recovery = 'stop'
  readonly exit = 'refused'
  readonly hint =
    'No stake was sent. The contract may be paused or changed. An allowance that was set stays until you revoke it.'

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

/** The wallet has pending transactions that this run did not send. Signing with the same nonces would compete with them. */
export class ForeignTransactionError extends OnboardingError {
  override readonly name = 'ForeignTransactionError'
  readonly code = 'chain/foreign-transaction'
  readonly recovery = 'retry'
  readonly exit = 'transient'
  readonly hint =
    'Wait until these transactions are mined, then run the same command again. Send nothing else from this wallet meanwhile.'

  constructor(address: Address, { mined, pending }: { mined: number; pending: number }, options: ErrorOptions = {}) {
    super(
      `${address} has ${pending - mined} pending transaction(s) that this run did not send. The first has nonce ${mined}.`,
      options,
    )
  }
}

/** The nonce is used already, by this transaction or by another. */
export class NonceUsedError extends OnboardingError {
  override readonly name = 'NonceUsedError'
  readonly code = 'chain/nonce-used'
  readonly recovery = 'replan'
  readonly exit = 'transient'
  readonly hint = 'Run the same command again; it reads the chain before it sends anything.'

  constructor(nonce: number, options: ErrorOptions = {}) {
    super(`Nonce ${nonce} is used already.`, options)
  }
}

/** A recorded transaction offers less than the base fee, so no block can include it. */
export class TransactionUnderpricedError extends OnboardingError {
  override readonly name = 'TransactionUnderpricedError'
  readonly code = 'chain/transaction-underpriced'
  readonly recovery = 'replace'
  readonly exit = 'transient'
  readonly hint =
    say`Run the same command again; it raises the fees under the same nonce, within ${setting('maxGasEth')}.`

  constructor({ hash, maxFeePerGas }: { hash: string; maxFeePerGas: string }, baseFeePerGas: string) {
    super(`${hash} offers at most ${maxFeePerGas} wei per gas. The base fee is ${baseFeePerGas}.`)
  }
}

/** A recorded transaction has the next nonce and pays enough, yet for about a minute no block has included it. */
export class TransactionStuckError extends OnboardingError {
  override readonly name = 'TransactionStuckError'
  readonly code = 'chain/transaction-stuck'
  readonly recovery = 'replace'
  readonly exit = 'transient'
  readonly hint =
    say`Run the same command again; it raises the fees under the same nonce, within ${setting('maxGasEth')}.`

  constructor(hash: string, waitedMs: number, options: ErrorOptions = {}) {
    super(`${hash} pays enough, but no block has included it for ${Math.round(waitedMs / 1000)} s.`, options)
  }
}

/** No transaction uses a nonce before the recorded transaction, so the recorded one can never be mined. */
export class NonceGapError extends OnboardingError {
  override readonly name = 'NonceGapError'
  readonly code = 'chain/nonce-gap'
  readonly recovery = 'replace'
  readonly exit = 'transient'
  readonly hint = 'Run the same command again; it fills the gap with an empty transaction to the wallet itself.'

  constructor(hash: string, { nonce, next }: { nonce: number; next: number }, options: ErrorOptions = {}) {
    super(`${hash} has nonce ${nonce}, but no known transaction uses nonce ${next}.`, options)
  }
}

/** No node knows a recorded transaction, although its bytes were broadcast several times. */
export class TransactionMissingError extends OnboardingError {
  override readonly name = 'TransactionMissingError'
  readonly code = 'chain/transaction-missing'
  readonly recovery = 'retry'
  readonly exit = 'transient'
  readonly hint = 'Run the same command again; it broadcasts the same bytes, never new ones.'

  constructor(hash: string, options: ErrorOptions = {}) {
    super(`No node knows transaction ${hash}, which was broadcast.`, options)
  }
}

/** Another transaction used the nonce, so the recorded one can never be mined. */
export class TransactionSupersededError extends OnboardingError {
  override readonly name = 'TransactionSupersededError'
  readonly code = 'chain/transaction-superseded'
  readonly recovery = 'replan'
  readonly exit = 'transient'
  readonly hint =
    'Run the same command again; it reads the chain and makes a new plan. Send nothing else from this wallet.'

  constructor(hash: string, nonce: number, options: ErrorOptions = {}) {
    super(`Another transaction used nonce ${nonce} in place of ${hash}.`, options)
  }
}

/**
 * The transaction was mined and reverted: gas was spent, nothing else happened.
 *
 * @hint Open the transaction on an explorer to see why. The next run plans again from what the chain shows.
 */
export class TransactionRevertedError extends OnboardingError {
  override readonly name = 'TransactionRevertedError'
  readonly code = 'chain/transaction-reverted'
  readonly recovery = 'stop'
  readonly exit = 'rejected'
  readonly hint: Told

  constructor(purpose: string, hash: string, options: ErrorOptions = {}) {
    super(`The ${purpose} transaction was mined and reverted.`, {
      ...options,
      facts: [`Transaction: ${hash}`, ...(options.facts ?? [])],
    })
    this.hint = `See why at ${explorerUrl('tx', hash)}. The next run reads the chain and makes a new plan.`
  }
}

/** The transactions were not mined in time. They may still be mined later. */
export class ConfirmationTimeoutError extends OnboardingError {
  override readonly name = 'ConfirmationTimeoutError'
  readonly code = 'chain/confirmation-timeout'
  readonly recovery = 'stop'
  readonly exit = 'waiting'
  readonly hint = 'Run the same command again; it continues to watch the same transactions.'

  constructor(hashes: readonly string[], waitedMs: number, options: ErrorOptions = {}) {
    super(
      `No block included these transactions within ${Math.round(waitedMs / 1000)} s: ${hashes.join(', ')}.`,
      options,
    )
  }
}

/**
 * The transaction succeeded, but the chain's state does not show its effect.
 *
 * @hint Nothing more is sent. Open the transaction on an explorer before you stake again.
 */
export class NotCreditedError extends OnboardingError {
  override readonly name = 'NotCreditedError'
  readonly code = 'chain/not-credited'
  readonly recovery = 'stop'
  readonly exit = 'rejected'
  readonly hint: Told

  constructor(purpose: string, hash: string, options: ErrorOptions = {}) {
    super(`The ${purpose} transaction succeeded, but its effect does not show on chain.`, options)
    this.hint = `Nothing more is sent. Check ${explorerUrl('tx', hash)} before you stake anything else.`
  }
}

/** Another pending transaction has the same nonce, and ours does not pay enough to replace it. We do not outbid it. */
export class NonceContestedError extends OnboardingError {
  override readonly name = 'NonceContestedError'
  readonly code = 'chain/nonce-contested'
  readonly recovery = 'replan'
  readonly exit = 'transient'
  readonly hint = 'Run the same command again once the other transaction is mined. Send nothing else from this wallet.'

  constructor(nonce: number, options: ErrorOptions = {}) {
    super(`Another pending transaction uses nonce ${nonce}.`, options)
  }
}

/**
 * A delegated account may have only one pending transaction, and it has one.
 * @see https://eips.ethereum.org/EIPS/eip-7702
 */
export class InFlightLimitError extends OnboardingError {
  override readonly name = 'InFlightLimitError'
  readonly code = 'chain/in-flight-limit'
  readonly recovery = 'retry'
  readonly exit = 'transient'
  readonly hint = 'Run the same command again once the pending transaction is mined; it broadcasts the same bytes.'

  constructor(what: string, options: ErrorOptions = {}) {
    super(`The account may not have more pending transactions: ${what}`, options)
  }
}

/** The base fee has risen since the transaction was signed. The same bytes are valid again once it falls. */
export class FeeTooLowError extends OnboardingError {
  override readonly name = 'FeeTooLowError'
  readonly code = 'chain/fee-too-low'
  readonly recovery = 'replace'
  readonly exit = 'transient'
  readonly hint =
    say`Run the same command again; it raises the fees under the same nonce, within ${setting('maxGasEth')}.`

  constructor(what: string, options: ErrorOptions = {}) {
    super(`The fees of the transaction are now too low: ${what}`, options)
  }
}

/** The gas limit of a signed transaction is too low, or above the limit for one transaction. */
export class GasRefusedError extends OnboardingError {
  override readonly name = 'GasRefusedError'
  readonly code = 'chain/gas-refused'
  readonly recovery = 'stop'
  readonly exit = 'unexpected'
  readonly hint =
    say`Nothing was sent. Try another endpoint with ${setting('rpcUrl')}; if all refuse it, report it as a defect.`

  constructor(what: string, options: ErrorOptions = {}) {
    super(`The node refuses the gas limit of the transaction: ${what}`, options)
  }
}

import { type ErrorOptions, OnboardingError } from './base.ts'

/** No node asked knows the transaction that is to be taken over. */
export class UnknownTransactionError extends OnboardingError {
  override readonly name = 'UnknownTransactionError'
  readonly code = 'adopt/unknown-transaction'
  readonly recovery = 'fixInput'
  readonly exit = 'usage'
  readonly hint = 'Check the hash and the endpoint; a transaction that was just sent may take some seconds to show.'

  constructor(hash: string, options: ErrorOptions = {}) {
    super(`The endpoint does not know transaction ${hash}.`, options)
  }
}

/** A transaction that does nothing for this wallet's stake. */
export class TransactionNotAdoptableError extends OnboardingError {
  override readonly name = 'TransactionNotAdoptableError'
  readonly code = 'adopt/not-adoptable'
  readonly recovery = 'fixInput'
  readonly exit = 'usage'
  readonly hint =
    'Nothing was recorded. Only an approve of VVV for the staking contract, or a stake for the wallet itself, can be taken over.'

  constructor(hash: string, why: string, options: ErrorOptions = {}) {
    super(`${hash} cannot be taken over: ${why}.`, options)
  }
}

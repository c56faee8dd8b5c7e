import { type ErrorOptions, OnboardingError } from './base.ts'

/** No endpoint knows the transaction to adopt. */
export class UnknownTransactionError extends OnboardingError {
  override readonly name = 'UnknownTransactionError'
  readonly code = 'adopt/unknown-transaction'
  readonly recovery = 'fixInput'
  readonly exit = 'usage'
  readonly hint = 'Check the hash and the endpoint. A transaction that was just sent may take some seconds to appear.'

  /** The hash is not shown: a private key is written the same. */
  constructor(options: ErrorOptions = {}) {
    super('The endpoint knows no transaction of this hash.', options)
  }
}

/** The transaction does not contribute to this wallet's stake. */
export class TransactionNotAdoptableError extends OnboardingError {
  override readonly name = 'TransactionNotAdoptableError'
  readonly code = 'adopt/not-adoptable'
  readonly recovery = 'fixInput'
  readonly exit = 'usage'
  readonly hint =
    'Nothing was recorded. Only an approve of VVV for the staking contract, or a stake for the wallet itself, can be adopted.'

  constructor(hash: string, why: string, options: ErrorOptions = {}) {
    super(`${hash} cannot be adopted: ${why}.`, options)
  }
}

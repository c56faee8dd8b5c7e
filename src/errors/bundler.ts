import { type ErrorOptions, OnboardingError } from './base.ts'

/** The bundler, or the paymaster's service, failed or limits requests: the same call may work in a moment. */
export class BundlerError extends OnboardingError {
  override readonly name = 'BundlerError'
  readonly code = 'bundler/unavailable'
  readonly recovery = 'retry'
  readonly exit = 'transient'
  readonly hint = 'Run the same command again later: what is signed and recorded is sent again as it is.'

  constructor(what: string, options: ErrorOptions = {}) {
    super(`The bundler failed: ${what}`, options)
  }
}

/** The bundler does not take the user operation, and a retry would not change that. */
export class OperationRefusedError extends OnboardingError {
  override readonly name = 'OperationRefusedError'
  readonly code = 'bundler/operation-refused'
  readonly recovery = 'stop'
  readonly exit = 'config'
  readonly hint =
    'Nothing has moved. Look up the code that begins with AA in ERC-4337, or give another bundler; then run the same command again.'

  constructor(what: string, options: ErrorOptions = {}) {
    super(`The bundler refused the user operation: ${what}`, options)
  }
}

/** The paymaster does not pay for the user operation. */
export class PaymasterRefusedError extends OnboardingError {
  override readonly name = 'PaymasterRefusedError'
  readonly code = 'bundler/paymaster-refused'
  readonly recovery = 'stop'
  readonly exit = 'config'
  readonly hint =
    'Nothing has moved. Check the policy and the balance of the paymaster. Without a paymaster, the account pays in ETH.'

  constructor(what: string, options: ErrorOptions = {}) {
    super(`The paymaster does not pay: ${what}`, options)
  }
}

/** The paymaster’s answer asks for more than the field in which it signs that it pays. */
export class PaymasterTermsError extends OnboardingError {
  override readonly name = 'PaymasterTermsError'
  readonly code = 'bundler/paymaster-terms'
  readonly recovery = 'refuse'
  readonly exit = 'refused'
  readonly hint =
    'Nothing was signed. This program approves nothing for a paymaster. Use one that sponsors, or pay in ETH.'

  constructor(fields: readonly string[], options: ErrorOptions = {}) {
    super('The paymaster asks for something of its own.', { ...options, facts: [`Fields: ${fields.join(', ')}`] })
  }
}

/** The account is made for an EntryPoint that this program does not know. */
export class EntryPointUnknownError extends OnboardingError {
  override readonly name = 'EntryPointUnknownError'
  readonly code = 'bundler/entry-point-unknown'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint = 'Use an account of EntryPoint 0.6, 0.7 or 0.8.'

  constructor(version: string, options: ErrorOptions = {}) {
    super(`EntryPoint ${version.slice(0, 20)} is not supported.`, options)
  }
}

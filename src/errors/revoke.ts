import { type ErrorOptions, OnboardingError } from './base.ts'

/** The allowance is wanted by a transaction that may still be mined. */
export class AllowanceInUseError extends OnboardingError {
  override readonly name = 'AllowanceInUseError'
  readonly code = 'revoke/allowance-in-use'
  readonly recovery = 'fixInput'
  readonly exit = 'refused'
  readonly hint = 'Nothing was signed. Finish the run with `venice-onboard run` first; staking uses the allowance up.'

  constructor(hashes: readonly string[], options: ErrorOptions = {}) {
    super(`The run has transactions that may still be mined: ${hashes.join(', ')}.`, options)
  }
}

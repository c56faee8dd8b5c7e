import { action, say } from '../domain/next-action.ts'
import { type ErrorOptions, OnboardingError } from './base.ts'

/** A transaction that may still be mined needs the allowance. */
export class AllowanceInUseError extends OnboardingError {
  override readonly name = 'AllowanceInUseError'
  readonly code = 'revoke/allowance-in-use'
  readonly recovery = 'fixInput'
  readonly exit = 'refused'
  readonly hint = say`Nothing was signed. Finish the run with ${action('run')} first: the stake uses up the allowance.`

  constructor(hashes: readonly string[], options: ErrorOptions = {}) {
    super(`The run has transactions that may still be mined: ${hashes.join(', ')}.`, options)
  }
}

import { OnboardingError } from './base.ts'

/** An option or argument is not what it must be. */
export class UsageError extends OnboardingError {
  override readonly name = 'UsageError'
  readonly code = 'cli/usage'
  readonly recovery = 'fixInput'
  readonly exit = 'usage'
  readonly hint: string

  constructor(message: string, hint = 'See `venice-onboard --help`.') {
    super(message)
    this.hint = hint
  }
}

/** An option that this network needs is missing. */
export class MissingOptionError extends OnboardingError {
  override readonly name = 'MissingOptionError'
  readonly code = 'cli/missing-option'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint: string

  constructor(what: string, hint: string) {
    super(`${what} is missing.`)
    this.hint = hint
  }
}

/** Something is to be signed, and nobody is there to say yes. */
export class ConfirmationNeededError extends OnboardingError {
  override readonly name = 'ConfirmationNeededError'
  readonly code = 'policy/confirmation-needed'
  readonly recovery = 'refuse'
  readonly exit = 'refused'
  readonly hint: string

  constructor(digest: string) {
    super('The plan needs a yes, and this is not a terminal.')
    this.hint = `Nothing was signed. Give --yes, or approve exactly this plan with --plan-digest ${digest}.`
  }
}

/** There is no run to show. */
export class NoRunError extends OnboardingError {
  override readonly name = 'NoRunError'
  readonly code = 'run/none'
  readonly recovery = 'fixInput'
  readonly exit = 'usage'
  readonly hint = 'Begin one with `venice-onboard run`, or give its --state-dir.'

  constructor(where: string) {
    super(`There is no run in ${where}.`)
  }
}

/** A run that may not be put aside yet. */
export class RunInFlightError extends OnboardingError {
  override readonly name = 'RunInFlightError'
  readonly code = 'run/in-flight'
  readonly recovery = 'fixInput'
  readonly exit = 'refused'
  readonly hint = 'Run `venice-onboard run` to finish it; --force puts it aside all the same.'

  constructor(hashes: readonly string[]) {
    super(`The run has transactions that may still be mined: ${hashes.join(', ')}.`)
  }
}

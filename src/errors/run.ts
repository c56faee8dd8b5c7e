import { type ErrorOptions, OnboardingError } from './base.ts'

/** Too much time has passed since the wallet was looked at. */
export class PositionStaleError extends OnboardingError {
  override readonly name = 'PositionStaleError'
  readonly code = 'run/position-stale'
  readonly recovery = 'replan'
  readonly exit = 'transient'
  readonly hint = 'Run the same command again; it looks at the wallet first.'

  constructor(readAt: string, options: ErrorOptions = {}) {
    super(`The wallet was last looked at ${readAt}; nonces and fees may have changed.`, options)
  }
}

/** A run of this wallet is recorded, and was asked for something else. */
export class RequestChangedError extends OnboardingError {
  override readonly name = 'RequestChangedError'
  readonly code = 'run/request-changed'
  readonly recovery = 'fixInput'
  readonly exit = 'usage'
  readonly hint = 'Leave the options away to go on with it (see `status`), or put it aside with `venice-onboard wipe`.'

  constructor(differences: readonly string[], options: ErrorOptions = {}) {
    super('The recorded run of this wallet has other options.', { ...options, facts: differences })
  }
}

/** A record without this wallet's seal asks for something that nobody has approved here. */
export class ApprovalUnboundError extends OnboardingError {
  override readonly name = 'ApprovalUnboundError'
  readonly code = 'run/approval-unbound'
  readonly recovery = 'refuse'
  readonly exit = 'refused'
  readonly hint =
    'Nothing was signed. Name what you approve with the same options as the run, or run without --yes to be shown the plan.'

  /** @param differences - what the record asks for and this process does not, a line each. */
  constructor(differences: readonly string[], options: ErrorOptions = {}) {
    super('The record does not prove that what it asks for was approved.', { ...options, facts: differences })
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

/** The key of a run is to be funded, and there is none yet. */
export class NoKeyToFundError extends OnboardingError {
  override readonly name = 'NoKeyToFundError'
  readonly code = 'run/no-key'
  readonly recovery = 'fixInput'
  readonly exit = 'usage'
  readonly hint: string

  /** @param fund - as `--fund` takes it. */
  constructor({ address, fund }: { address: string; fund: string }) {
    super(`There is no run of ${address} with a key.`)
    this.hint = `Do both with \`venice-onboard run --fund ${fund}\`, or name the --state-dir of its run.`
  }
}

/** A journal that was named is not there. */
export class JournalUnreadableError extends OnboardingError {
  override readonly name = 'JournalUnreadableError'
  readonly code = 'run/no-journal'
  readonly recovery = 'fixInput'
  readonly exit = 'usage'
  readonly hint = 'Give the `journal.ndjson` of a run with --journal.'

  constructor(path: string) {
    super(`There is no journal at ${path}.`)
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

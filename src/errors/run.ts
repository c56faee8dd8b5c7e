import { type ErrorOptions, OnboardingError } from './base.ts'

/** The challenge was in the memory of a process that is gone. */
export class ChallengeLostError extends OnboardingError {
  override readonly name = 'ChallengeLostError'
  readonly code = 'challenge/lost'
  readonly recovery = 'refreshToken'
  readonly exit = 'transient'
  readonly hint = 'Run the same command again; it fetches a new challenge.'

  constructor(options: ErrorOptions = {}) {
    super('What Venice asked to sign is not in memory any more.', options)
  }
}

/** The challenge expires before it could be submitted. */
export class ChallengeStaleError extends OnboardingError {
  override readonly name = 'ChallengeStaleError'
  readonly code = 'challenge/stale'
  readonly recovery = 'refreshToken'
  readonly exit = 'transient'
  readonly hint = 'Run the same command again; it fetches a new challenge.'

  constructor(expiresAt: string, options: ErrorOptions = {}) {
    super(`The challenge expires at ${expiresAt}, too soon to be used.`, options)
  }
}

/** The key is stored where this program cannot read it back. */
export class KeyNotReadableError extends OnboardingError {
  override readonly name = 'KeyNotReadableError'
  readonly code = 'key/not-readable'
  readonly recovery = 'stop'
  readonly exit = 'unexpected'
  readonly hint: string

  /** @param isOpen - whether that sink is one of those that this process was told of. */
  constructor(sink: string, { isOpen = true, ...options }: ErrorOptions & { isOpen?: boolean } = {}) {
    super(`The key cannot be read back from ${sink}.`, options)
    const ask = 'The key is stored; ask Venice with it: GET /api_keys/rate_limits.'
    this.hint = isOpen ? ask : `Name the place that holds it with --save-key '${sink}'. ${ask}`
  }
}

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

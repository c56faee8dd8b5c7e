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

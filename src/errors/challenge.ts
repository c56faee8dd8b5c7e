import { type ErrorOptions, OnboardingError } from './base.ts'

/** The process that held the challenge in memory has ended. */
export class ChallengeLostError extends OnboardingError {
  override readonly name = 'ChallengeLostError'
  readonly code = 'challenge/lost'
  readonly recovery = 'refreshToken'
  readonly exit = 'transient'
  readonly hint = 'Run the same command again; it fetches a new challenge.'

  constructor(options: ErrorOptions = {}) {
    super('The challenge from Venice is no longer in memory.', options)
  }
}

/** The challenge expires too soon to submit it. */
export class ChallengeStaleError extends OnboardingError {
  override readonly name = 'ChallengeStaleError'
  readonly code = 'challenge/stale'
  readonly recovery = 'refreshToken'
  readonly exit = 'transient'
  readonly hint = 'Run the same command again; it fetches a new challenge.'

  constructor(expiresAt: string, options: ErrorOptions = {}) {
    super(`The challenge expires at ${expiresAt}, too soon to submit it.`, options)
  }
}

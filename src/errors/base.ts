import type { NextAction, Told } from '../domain/next-action.ts'

/** What the machine does about a failure. A closed union: guards read this, or `code` where one failure is meant; never a message. */
export type Recovery =
  /** Transient: back off, then the same again. */
  | 'retry'
  /** The challenge is no longer good: fetch a new one, sign it, submit at once. */
  | 'refreshToken'
  /** Sign the same challenge again with the wallet that owns the address. */
  | 'signAgain'
  /** Venice sees no stake: stake, or wait until it sees the one that was made. */
  | 'stake'
  /** The mint request may have been carried out although its answer was lost. */
  | 'resolveMint'
  /** The chain is not as the plan assumed: read it again and make a new plan. */
  | 'replan'
  /** What is signed cannot be mined as it is: raise its fees, or fill the nonce before it. */
  | 'replace'
  /** The wallet needs funds first. */
  | 'fund'
  /** Something the user gave is wrong: it stops, and can succeed once that is corrected. */
  | 'fixInput'
  /** Refused by a budget, a policy or a person, before anything was signed. */
  | 'refuse'
  /** Not recoverable by this program. Unknown failures are here: never guess that spending again is safe. */
  | 'stop'

/** Names of the process exit codes of the contract; the numbers are in `cli/exit-codes`. */
export type ExitClass =
  | 'unexpected'
  | 'usage'
  | 'waiting'
  | 'funds'
  | 'refused'
  | 'rejected'
  | 'locked'
  | 'transient'
  | 'config'

export interface ErrorOptions {
  cause?: unknown
  /** One fact a line, shown under the message. Never a secret. */
  facts?: readonly string[]
  /** Milliseconds the other side asked us to wait. */
  retryAfterMs?: number | undefined
  /** Another action that leads to much the same, and needs nothing of what is missing. */
  alternative?: NextAction | undefined
  /** Models that refused a call. */
  models?: readonly string[] | undefined
}

/**
 * Base of every error this product throws: one subclass per documented failure.
 * `code` is for programs and tests, `hint` for people, `recovery` for the machine.
 */
export abstract class OnboardingError extends Error {
  abstract readonly code: string
  abstract readonly recovery: Recovery
  abstract readonly exit: ExitClass
  /** What to do next. Actions and settings in it are data; each host names them in its words. */
  abstract readonly hint: Told
  readonly facts: readonly string[]
  readonly retryAfterMs: number | undefined
  readonly alternative: NextAction | undefined
  readonly models: readonly string[] | undefined

  constructor(message: string, { cause, facts = [], retryAfterMs, alternative, models }: ErrorOptions = {}) {
    super(message, cause === undefined ? undefined : { cause })
    this.facts = facts
    this.models = models
    this.retryAfterMs = retryAfterMs
    this.alternative = alternative
  }
}

import { type NextAction, type Told, withTexts } from '../domain/next-action.ts'
import { type ExitClass, OnboardingError, type Recovery } from './base.ts'

/** A thrown error as plain data: what context, files and results hold. Scrubbed of secrets before it is made. */
export interface Failure {
  code: string
  recovery: Recovery
  exit: ExitClass
  message: string
  hint: Told
  facts: readonly string[]
  /** ISO 8601, when it was caught. */
  at: string
  /** 0 ≤ jitter < 1, drawn when it was caught, so that the machine can spread its backoff and stay pure. */
  jitter: number
  /** Milliseconds the other side asked us to wait, or null. */
  retryAfterMs: number | null
  /** Another action that leads to much the same. Absent: none. */
  alternative?: NextAction
  /** Models that refused a call, by their ids. Absent: none. */
  models?: readonly string[]
}

export interface FailureStamp {
  at: string
  jitter: number
  /** Removes every known secret from a text. */
  scrub: (text: string) => string
}

/** Turns any thrown thing into a `Failure`. An error that is not ours keeps its text and stops the run. */
export function toFailure(error: unknown, { at, jitter, scrub }: FailureStamp): Failure {
  if (isFailure(error)) return error
  if (error instanceof OnboardingError) {
    return {
      code: error.code,
      recovery: error.recovery,
      exit: error.exit,
      message: scrub(error.message),
      hint: withTexts(error.hint, scrub),
      facts: error.facts.map(scrub),
      at,
      jitter,
      retryAfterMs: error.retryAfterMs ?? null,
      ...(error.alternative !== undefined && { alternative: error.alternative }),
      ...(error.models !== undefined && { models: error.models.map(scrub) }),
    }
  }
  return {
    code: 'unexpected',
    recovery: 'stop',
    exit: 'unexpected',
    message: scrub(error instanceof Error ? `${error.name}: ${error.message}` : String(error)),
    hint: 'This is a defect of this program. Nothing more was sent; `status` shows what is recorded.',
    facts: [],
    at,
    jitter,
    retryAfterMs: null,
  }
}

/** What is told of a failure to programs. */
export type Reason = Pick<Failure, 'code' | 'message' | 'hint' | 'recovery' | 'facts' | 'exit'>

/** `failure` without what only the machine needs, its fields in the order in which they are told. */
export const reasonOf = ({ code, message, hint, recovery, facts, exit }: Failure): Reason => ({
  code,
  message,
  hint,
  recovery,
  facts,
  exit,
})

/** Whether the same request can still succeed after a failure of this kind. */
const RECOVERABLE: Readonly<Record<Recovery, boolean>> = {
  retry: true,
  refreshToken: true,
  signAgain: true,
  stake: true,
  resolveMint: true,
  replan: true,
  replace: true,
  fund: true,
  fixInput: true,
  refuse: false,
  stop: false,
}

/** The same request can still succeed, at once or once what `hint` says is done. */
export const isRecoverable = ({ recovery, exit }: Pick<Failure, 'recovery' | 'exit'>): boolean =>
  exit === 'waiting' || RECOVERABLE[recovery]

/** Whether `value` is a `Failure` already, as it is when it comes back from a snapshot or an actor. */
export function isFailure(value: unknown): value is Failure {
  return typeof value === 'object' && value !== null && 'recovery' in value && 'jitter' in value && 'code' in value
}

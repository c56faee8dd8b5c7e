import { backoffMs } from '../src/domain/backoff.ts'
import { type Failure, isFailure } from '../src/errors/failure.ts'

/** How often a wallet that lacks funds is read again. */
const FUNDS_POLL_MS = 10_000

export const after = (iso: string, ms: number): string => new Date(Date.parse(iso) + ms).toISOString()

export const failureOf = (event: object): Failure | null =>
  'error' in event && isFailure(event.error) ? event.error : null

/** An error that is not a `Failure` comes from an actor that this product did not make. */
export const foreignFailure = (event: object): Failure => ({
  code: 'unexpected',
  recovery: 'stop',
  exit: 'unexpected',
  message:
    'error' in event && event.error instanceof Error ? event.error.message : 'An actor failed without saying why.',
  hint: 'Reject with a Failure from the provided actors.',
  facts: [],
  at: new Date(0).toISOString(),
  jitter: 0,
  retryAfterMs: null,
})

/** The failure of the current error event; without such an event, the failure in context. */
export const currentFailure = (context: { failure: Failure | null }, event: object): Failure | null =>
  'error' in event ? (failureOf(event) ?? foreignFailure(event)) : context.failure

/** When to retry after `failure`: after the wait that the server named, else a growing backoff. */
export const retryAt = ({ retries }: { retries: number }, failure: Failure): string =>
  after(failure.at, backoffMs({ tries: retries, jitter: failure.jitter, retryAfterMs: failure.retryAfterMs }))

/** Refusals of a fee bump. The transaction that was sent is not affected. */
export const isBumpRefused = (failure: Failure | null): boolean =>
  failure?.code === 'policy/budget-exceeded' || failure?.code === 'wallet/cannot-replace'

export const fundsCheckAt = (failure: Failure, deadline: string): string => {
  const next = after(failure.at, FUNDS_POLL_MS)
  return next < deadline ? next : deadline
}

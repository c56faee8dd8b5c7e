/**
 * Restate tries again for years: no worker may be there for a day, and every attempt to reach one counts; its own default
 * pauses a run after 70 attempts, until somebody resumes it by hand. And it tries again soon: a worker that is back is not
 * announced to the runs that wait for it.
 */
export const RETRY = {
  initialInterval: 50,
  maxInterval: 2_000,
  exponentiationFactor: 2,
  maxAttempts: 10_000_000,
} as const

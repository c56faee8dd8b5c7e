/**
 * Restate retries for years, because there may be no worker for a day, and every attempt to reach one counts. Its own
 * default pauses a run after 70 attempts, until somebody resumes it by hand. It also retries soon, because waiting runs
 * are not told that a worker is back.
 */
export const RETRY = {
  initialInterval: 50,
  maxInterval: 2_000,
  exponentiationFactor: 2,
  maxAttempts: 10_000_000,
} as const

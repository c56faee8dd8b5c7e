import type { LimitPeriod } from '../../domain/key.ts'

const DAY_MS = 86_400_000

/** Start of Venice's day, 00:00 UTC. All times are milliseconds since the epoch. */
export const epochStart = (now: number): number => now - (now % DAY_MS)

/** The time from which spending counts against a key's limit. */
export function periodStart(period: LimitPeriod, now: number): number {
  if (period === 'LIFETIME') return 0
  if (period === 'EPOCH') return epochStart(now)
  const date = new Date(now)
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1)
}

export const sevenDaysBefore = (now: number): number => now - 7 * DAY_MS

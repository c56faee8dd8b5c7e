const DAY_MS = 86_400_000

/** ISO 8601: when Venice's next day begins, 00:00 UTC. */
export const nextEpochAt = (nowMs: number): string => new Date((Math.floor(nowMs / DAY_MS) + 1) * DAY_MS).toISOString()

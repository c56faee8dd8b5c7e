/** A fixed window per key: it opens with the first hit, and forgets all hits when it closes. */
export interface Window {
  /** Counts one hit and says whether it was still within the limit. */
  hit(key: string): boolean
  hits(key: string): number
  remaining(key: string): number
  /** Milliseconds since the epoch. */
  resetsAt(key: string): number
}

/** @param windowMs - milliseconds from the first hit until the count starts again. */
export function createWindow(options: { limit: number; windowMs: number; clock: () => number }): Window {
  const { limit, windowMs, clock } = options
  const open = new Map<string, { hits: number; resetsAt: number }>()
  const current = (key: string) => {
    const found = open.get(key)
    return found && found.resetsAt > clock() ? found : { hits: 0, resetsAt: clock() + windowMs }
  }
  return {
    hit(key) {
      const { hits, resetsAt } = current(key)
      open.set(key, { hits: hits + 1, resetsAt })
      return hits + 1 <= limit
    },
    hits: (key) => current(key).hits,
    remaining: (key) => Math.max(0, limit - current(key).hits),
    resetsAt: (key) => current(key).resetsAt,
  }
}

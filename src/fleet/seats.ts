/** How many runs a worker has under way. A run that sleeps, or has ended, takes no seat. */
export interface Seats {
  /** Resolves once `key` has a seat; at once where it has one. Rejects when `signal` aborts. */
  take(key: string, signal: AbortSignal): Promise<void>
  /** Safe to repeat. */
  free(key: string): void
}

/**
 * Without a bound, ten thousand runs would go step by step side by side, and where requests per second are few, the last of
 * them would have a challenge that expired while it waited for its turn to mint.
 */
export function createSeats(count: number): Seats {
  const taken = new Set<string>()
  const waiting: { key: string; sit: () => void }[] = []

  function fill(): void {
    while (taken.size < count) {
      const next = waiting.shift()
      if (next === undefined) return
      taken.add(next.key)
      next.sit()
    }
  }
  return {
    take(key, signal) {
      if (taken.has(key)) return Promise.resolve()
      return new Promise((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason)
        const leave = () => {
          const at = waiting.indexOf(entry)
          if (at >= 0) waiting.splice(at, 1)
          reject(signal.reason)
        }
        const entry = {
          key,
          sit() {
            signal.removeEventListener('abort', leave)
            // Restate gave up on the run while it sat: nobody else would free its seat.
            signal.addEventListener('abort', () => free(key), { once: true })
            resolve()
          },
        }
        signal.addEventListener('abort', leave, { once: true })
        waiting.push(entry)
        fill()
      })
    },
    free,
  }

  function free(key: string): void {
    if (taken.delete(key)) fill()
  }
}

/** Time and chance, injected so that a run can be replayed. */
export interface Clock {
  /** Milliseconds since the epoch. Never goes back within a process, even if the machine's clock does. */
  now(): number
  /**
   * Resolves at `atMs` (milliseconds since the epoch, by this clock); at once if that time has passed. Rejects when
   * `signal` aborts.
   */
  sleepUntil(atMs: number, signal?: AbortSignal): Promise<void>
  /** 0 ≤ n < 1. */
  random(): number
  /** Unguessable, url-safe, `length` characters. */
  id(length: number): string
}

import { channel } from 'node:diagnostics_channel'

/**
 * How long something took, for a trace. It holds no secrets: only names of methods, paths without a query, and file
 * names.
 */
export interface Timing {
  lane: 'RPC' | 'Venice' | 'durable writes' | 'waits'
  name: string
  /** Milliseconds since the process began. */
  startMs: number
  endMs: number
  facts: Readonly<Record<string, string | number>>
}

const timings = channel('venice-onboard:timings')

/**
 * Begins to time something. Costs nothing without a listener. @returns a function to call at its end, with the facts to
 * note.
 */
export function timed(lane: Timing['lane'], name: string): (facts?: Timing['facts']) => void {
  if (!timings.hasSubscribers) return () => {}
  const startMs = performance.now()
  return (facts = {}) => timings.publish({ lane, name, startMs, endMs: performance.now(), facts } satisfies Timing)
}

/** Calls `listener` for everything that is timed in this process from now on. @returns a function that stops it. */
export function onTiming(listener: (timing: Timing) => void): () => void {
  const listen = (message: unknown) => listener(message as Timing)
  timings.subscribe(listen)
  return () => void timings.unsubscribe(listen)
}

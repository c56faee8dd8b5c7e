import { channel } from 'node:diagnostics_channel'

/** What something took, for a trace. No secrets: names of methods, paths without a query, names of files. */
export interface Timing {
  lane: 'RPC' | 'Venice' | 'durable writes' | 'waits'
  name: string
  /** Milliseconds since the process began. */
  startMs: number
  endMs: number
  facts: Readonly<Record<string, string | number>>
}

const timings = channel('venice-onboard:timings')

/** Begins to time something. Costs nothing while nobody listens. @returns to be called at its end, with what came of it. */
export function timed(lane: Timing['lane'], name: string): (facts?: Timing['facts']) => void {
  if (!timings.hasSubscribers) return () => {}
  const startMs = performance.now()
  return (facts = {}) => timings.publish({ lane, name, startMs, endMs: performance.now(), facts } satisfies Timing)
}

/** Tells `listener` of everything that is timed in this process from now on. @returns what ends that. */
export function onTiming(listener: (timing: Timing) => void): () => void {
  const listen = (message: unknown) => listener(message as Timing)
  timings.subscribe(listen)
  return () => void timings.unsubscribe(listen)
}

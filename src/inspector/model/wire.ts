import type { SketchedMachine } from '../layout/sketch.ts'
import type { Patch } from './patch.ts'
import type { About, Now } from './step.ts'

/** First message of a stream, and again when another run takes the place of the one shown. */
export interface Hello {
  /** Milliseconds since the epoch, by the server's clock: countdowns tick by it. */
  now: number
  /** Changes when the steps start over. */
  epoch: string
  about: About
}

/** Steps one after the other, each as a difference from the one before it; the first of all from nothing. */
export type Steps = readonly Patch[]

/** Everything a report holds. */
export interface Saved {
  /** ISO 8601. */
  savedAt: string
  about: About
  now: Now
  steps: Steps
}

/** What is embedded in the page as data. */
export interface Embedded {
  chart: SketchedMachine
  /** Null: live, over the stream. */
  saved: Saved | null
}

/** Server-sent events by name. `steps` carries an id, `<epoch>.<number of its last step>`. */
export interface Events {
  hello: Hello
  steps: Steps
  now: Now
  /** Nothing more will come. */
  end: null
  beat: { now: number }
}

/** An id of the stream; -1 is before the first step. */
export const eventId = (epoch: string, index: number): string => `${epoch}.${index}`

/** Index of the step after which to go on: -1 for an id of another epoch, or none. */
export function indexAfter(epoch: string, id: string | undefined, count: number): number {
  const index = id?.startsWith(`${epoch}.`) ? Number(id.slice(epoch.length + 1)) : -1
  return Number.isInteger(index) && index >= 0 && index < count ? index : -1
}

import { randomBytes } from 'node:crypto'
import { LIMITS } from '../../machines/onboarding/select.ts'
import { apply, diff, type Patch } from './model/patch.ts'
import type { About, Json, Now, Step } from './model/step.ts'
import type { Saved } from './model/wire.ts'

/** Steps that are kept. Past them the older half goes: a journal may have any length, a page may not. */
const MAX_STEPS = 20_000

export interface FeedListener {
  /** There are more steps, or another `now`. */
  onChange(): void
  /** Nothing more will come. */
  onEnd(): void
}

/** What viewers see of one run: its steps so far, and what holds this moment. In memory; serves any number of viewers. */
export interface Feed {
  readonly epoch: string
  readonly about: About
  readonly now: Now
  readonly count: number
  readonly last: Step | null
  readonly hasEnded: boolean
  /** Differences from step `from` on. */
  patches(from: number, to: number): Patch[]
  push(step: Step): void
  set(now: Partial<Now>): void
  describe(about: Partial<About>): void
  /** Forgets the steps: another run takes their place. */
  reset(about: Partial<About>): void
  end(): void
  /** @returns stops listening. */
  listen(listener: FeedListener): () => void
  save(savedAt: string): Saved
}

const DEFAULT_ABOUT: About = {
  title: 'Onboarding',
  machine: 'onboarding',
  runId: null,
  address: null,
  chainId: null,
  explorer: null,
  source: 'live',
  command: null,
  limits: {},
}

const newEpoch = (): string => randomBytes(4).toString('hex')

// A step is plain JSON without undefined fields: it was parsed from, or made for, JSON.
const asJson = (step: Step | null): Json => step as unknown as Json

export function createFeed(given: Partial<About> = {}): Feed {
  let epoch = newEpoch()
  let about: About = { ...DEFAULT_ABOUT, ...(given.machine !== 'other' && { limits: LIMITS }), ...given }
  let now: Now = { driver: 'unknown', awaiting: null, next: null, isCut: false }
  let steps: Step[] = []
  let hasEnded = false
  const listeners = new Set<FeedListener>()
  const changed = () => {
    for (const listener of listeners) listener.onChange()
  }
  const patches = (from: number, to: number): Patch[] =>
    steps.slice(from, to).map((step, index) => diff(asJson(steps[from + index - 1] ?? null), asJson(step)))

  return {
    get epoch() {
      return epoch
    },
    get about() {
      return about
    },
    get now() {
      return now
    },
    get count() {
      return steps.length
    },
    get last() {
      return steps.at(-1) ?? null
    },
    get hasEnded() {
      return hasEnded
    },
    patches,
    push(step) {
      const before = asJson(steps.at(-1) ?? null)
      // Shares with the step before it all that did not change.
      steps.push(apply(before, diff(before, asJson(step))) as unknown as Step)
      if (steps.length > MAX_STEPS) {
        steps = steps.slice(-MAX_STEPS / 2)
        epoch = newEpoch()
        now = { ...now, isCut: true }
      }
      changed()
    },
    set(part) {
      now = { ...now, ...part }
      changed()
    },
    describe(part) {
      about = { ...about, ...part }
    },
    reset(part) {
      steps = []
      epoch = newEpoch()
      about = { ...about, ...part }
      now = { ...now, awaiting: null, next: null, isCut: false }
      changed()
    },
    end() {
      hasEnded = true
      for (const listener of listeners) listener.onEnd()
    },
    listen(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    save: (savedAt) => ({
      savedAt,
      about: { ...about, source: 'report' },
      now: { ...now, awaiting: null },
      steps: patches(0, steps.length),
    }),
  }
}

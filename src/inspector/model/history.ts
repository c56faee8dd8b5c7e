import type { SketchedMachine } from '../layout/sketch.ts'
import { apply, type Patch } from './patch.ts'
import type { Json, Step } from './step.ts'
import { createTracer, type Taken } from './trace.ts'

/** A run as far as it is known, and what of the chart was gone through up to any of its steps. */
export interface History {
  readonly count: number
  readonly steps: readonly Step[]
  add(patches: readonly Patch[]): void
  clear(): void
  /** Where the run had been when it took step `index`; -1 is before the first. Quick for neighbours of the last one asked for. */
  at(index: number): Readonly<Been>
}

/** How often, by path of a state and by index of a transition. */
export interface Been {
  states: ReadonlyMap<string, number>
  edges: ReadonlyMap<number, number>
  /** By index of a transition: how often for each reason that is known. */
  whys: ReadonlyMap<number, ReadonlyMap<string, number>>
}

export function createHistory(machine: Pick<SketchedMachine, 'states' | 'edges'>): History {
  const trace = createTracer(machine)
  let steps: Step[] = []
  let traces: (readonly Taken[])[] = []
  let states = new Map<string, number>()
  let edges = new Map<number, number>()
  let whys = new Map<number, Map<string, number>>()
  let position = -1

  const count = <Key>(counts: Map<Key, number>, key: Key, by: 1 | -1) => {
    const next = (counts.get(key) ?? 0) + by
    if (next === 0) counts.delete(key)
    else counts.set(key, next)
  }
  const go = (index: number, by: 1 | -1) => {
    const [step, taken] = [steps[index], traces[index]]
    if (step?.kind !== 'transition') return
    for (const { edge, why } of taken ?? []) {
      count(edges, edge, by)
      if (why === null) continue
      const known = whys.get(edge) ?? new Map<string, number>()
      whys.set(edge, known)
      count(known, why, by)
    }
    for (const path of statesOf(step, taken ?? [])) count(states, path, by)
  }
  /** The states that were entered, those that were only passed through included. */
  const statesOf = ({ to }: Step, taken: readonly Taken[]): Set<string> => {
    const passed = taken.slice(1).flatMap(({ edge }) => machine.edges[edge]?.from ?? [])
    return new Set([...passed, ...to].flatMap(ancestry))
  }
  return {
    get count() {
      return steps.length
    },
    get steps() {
      return steps
    },
    add(patches) {
      for (const patch of patches) {
        // The first is a difference from nothing; what the server sends is made of steps.
        const step = apply((steps.at(-1) ?? null) as unknown as Json, patch) as unknown as Step
        steps.push(step)
        traces.push(trace(step))
      }
    },
    clear() {
      steps = []
      traces = []
      states = new Map()
      edges = new Map()
      whys = new Map()
      position = -1
    },
    at(index) {
      const target = Math.min(index, steps.length - 1)
      while (position < target) go(++position, 1)
      while (position > target) go(position--, -1)
      return { states, edges, whys }
    },
  }
}

/** `a.b.c` is in `a.b` and in `a`. */
const ancestry = (path: string): string[] =>
  path.split('.').map((_, index, parts) => parts.slice(0, index + 1).join('.'))

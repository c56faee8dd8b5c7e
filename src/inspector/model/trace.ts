import type { SketchedMachine } from '../layout/sketch.ts'
import type { Step } from './step.ts'

type Machine = Pick<SketchedMachine, 'states' | 'edges'>

/** Transitions one step may go through: eventless ones follow the one that an event caused. */
const MAX_HOPS = 6
/** Ways that are looked at side by side. */
const MAX_PATHS = 200

/** A transition that a step took. */
export interface Taken {
  /** Index in the machine's edges. */
  edge: number
  /** Code of the failure, or name of the guard that said yes; null where nothing was asked, or the step does not tell. */
  why: string | null
}

/** Finds the transitions that a step took, in order; none for a step that is not of this machine. */
export function createTracer({ states, edges }: Machine): (step: Step) => readonly Taken[] {
  const finals = new Set(states.flatMap(({ path, isFinal }) => (isFinal ? [path] : [])))
  const initial = new Map(states.map((state) => [state.path, state.initial]))
  const byFrom = new Map<string, number[]>()
  edges.forEach(({ from }, index) => {
    byFrom.set(from, [...(byFrom.get(from) ?? []), index])
  })
  const known = new Map<string, readonly Taken[]>()

  /** The state that is rested in first on the way into `path`. */
  const entered = (path: string): string => {
    const child = initial.get(path)
    return child == null ? path : entered(child)
  }
  const leaving = (path: string, event: string | null, code: string | null): number[] => {
    const own = (byFrom.get(path) ?? []).filter((index) => edges[index]?.event === (event ?? ''))
    // The code of the failure tells which of several guards said yes, and that those for other codes said no.
    own.sort((a, b) => rank(edges[a]?.guard, code) - rank(edges[b]?.guard, code))
    if (event === null || path === '') return own
    return [...own, ...leaving(path.split('.').slice(0, -1).join('.'), event, code)]
  }
  /** Whether one of the states in `reached` is `path`, or in it: all regions of a parallel state are entered at once. */
  const isReached = (path: string, reached: readonly string[]): boolean =>
    reached.some((to) => to === path || to.startsWith(`${path}.`))

  const whyOf = (index: number, among: readonly number[]): string | null => {
    const target = entered(edges[index]?.to ?? '')
    const isAlone = among.filter((other) => entered(edges[other]?.to ?? '') === target).length === 1
    return isAlone ? (edges[index]?.guard ?? null) : null
  }
  const search = (from: string, reached: readonly string[], event: string, code: string | null): readonly Taken[] => {
    let ways: { at: string; taken: readonly Taken[] }[] = [{ at: from, taken: [] }]
    for (let hop = 0; hop < MAX_HOPS; hop += 1) {
      const isFailure = hop === 0 && event === 'error'
      const next = ways.flatMap(({ at, taken }) => {
        const among = leaving(at, hop === 0 ? event : null, code)
        return among.map((edge) => {
          const to = edges[edge]?.to ?? ''
          const failed = isFailure || finals.has(to) ? code : null
          return { at: entered(to), taken: [...taken, { edge, why: failed ?? whyOf(edge, among) }] }
        })
      })
      const arrived = next.find(({ at }) => isReached(at, reached))
      if (arrived !== undefined) return arrived.taken
      ways = next.slice(0, MAX_PATHS)
    }
    return []
  }
  return ({ kind, from, to, cause, failure }) => {
    if (kind !== 'transition') return []
    const event = /^xstate\.(done|error)\./.exec(cause)?.[1] ?? eventOf(cause)
    const key = [from, to, event, failure?.code].join(' ')
    const found =
      known.get(key) ??
      from.map((left) => search(left, to, event, failure?.code ?? null)).find(({ length }) => length > 0) ??
      []
    known.set(key, found)
    return found
  }
}

/** Guards in the order in which they are likely: that of the failure's code, those that are no code, those of other codes. */
const rank = (guard: string | null | undefined, code: string | null): number => {
  if (guard != null && guard === code) return 0
  return guard?.includes('/') ? 2 : 1
}

/** A timer's event ends in the id of its state, which its label in the chart has not. */
const eventOf = (cause: string): string => {
  const timer = /^xstate\.after\.([^.]+)\./.exec(cause)?.[1]
  return timer === undefined ? cause : `after ${timer}`
}

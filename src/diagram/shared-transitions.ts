import type { GraphEdge, GraphState, MachineGraph } from './graph.ts'

/** Where a stage, which is a state at the top, can go, and why. */
export interface Exit {
  /** Null: waits, and tries again what it was doing. */
  to: string | null
  /** Name of the guard, or of the wait that is over; `else` after guards that said no; empty when nothing was asked. */
  reason: string
}

export interface SharedTransition extends Exit {
  from: string
}

/** Exits that most stages share: drawn once, they leave room for what is peculiar to each. */
export interface SharedTransitions {
  stages: readonly string[]
  /** What to call those stages together. */
  name: string
  exits: readonly Exit[]
}

/** What a wait is called, by the `awaits` of its state's meta. */
const WAITS: Readonly<Record<string, string>> = { clock: 'back off', funds: 'await funds' }

export const stageOf = (path: string): string => path.split('.')[0] ?? path

/** Why `edge` is taken: its guard, or that the guards tried before it said no. */
export function reasonOf(edge: GraphEdge, graph: MachineGraph): string {
  if (edge.guard !== null) return edge.guard
  const alternatives = graph.edges.filter(({ from, event }) => from === edge.from && event === edge.event)
  return alternatives.some(({ guard }) => guard !== null) ? 'else' : ''
}

/** The ways between stages. What goes on inside one is left out, and so is a wait that fails. */
export function transitionsOf(graph: MachineGraph): SharedTransition[] {
  const states = new Map(graph.states.map((state) => [state.path, state]))
  return graph.edges.flatMap((edge) => {
    const from = stageOf(edge.from)
    const to = stageOf(edge.to)
    const wait = waitOf(states.get(edge.from))
    if (wait !== undefined) return edge.event === 'error' ? [] : [{ from, to: to === from ? null : to, reason: wait }]
    return from === to && edge.to !== to ? [] : [{ from, to, reason: reasonOf(edge, graph) }]
  })
}

/** Finds the exits of more than half of the stages, and the stages that have all of these. */
export function sharedTransitions(graph: MachineGraph): SharedTransitions {
  const ways = transitionsOf(graph)
  const all = graph.states.filter(({ parent, type }) => parent === null && type !== 'final').map(({ path }) => path)
  const has = (stage: string, exit: Exit) => ways.some((way) => way.from === stage && isSameExit(way, exit))
  const exits = ways
    .filter((way, index) => ways.findIndex((other) => isSameExit(other, way)) === index)
    .filter((way) => all.filter((stage) => has(stage, way)).length > all.length / 2)
    .map(({ to, reason }) => ({ to, reason }))
  const stages = all.filter((stage) => exits.every((exit) => has(stage, exit)))
  return { stages, name: rangeName(stages, all), exits }
}

/** Whether `common` says already that `stage` has `exit`. One without conditions makes others to the same end no news. */
export const isCommon = ({ stages, exits }: SharedTransitions, stage: string, exit: Exit): boolean =>
  stages.includes(stage) && exits.some((other) => isSameExit(other, exit) || isUnconditional(other, exit.to))

const isSameExit = (a: Exit, b: Exit): boolean => a.to === b.to && a.reason === b.reason

const isUnconditional = ({ to, reason }: Exit, end: string | null): boolean =>
  to !== null && to === end && (reason === '' || reason === 'else')

const waitOf = (state: GraphState | undefined): string | undefined => WAITS[String(state?.meta.awaits)]

function rangeName(stages: readonly string[], all: readonly string[]): string {
  const [first = '', last = ''] = [stages[0], stages.at(-1)]
  const isRange = all.indexOf(last) - all.indexOf(first) + 1 === stages.length
  if (isRange && stages.length > 2) return `${first} … ${last}`
  const others = all.filter((stage) => !stages.includes(stage))
  return others.length === 1 && stages.length > 2 ? `all but ${others[0]}` : stages.join(', ')
}

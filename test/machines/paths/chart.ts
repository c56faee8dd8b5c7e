import { initialTransition, type SnapshotFrom, StateMachine } from 'xstate'
import type { OnboardingInput } from '../../../machines/onboarding/context.ts'
import { onboardingMachine } from '../../../machines/onboarding/machine.ts'
import { graphOf } from '../../../src/diagram/graph.ts'

export type Machine = typeof onboardingMachine
export type Snapshot = SnapshotFrom<Machine>
export type Completion = Parameters<Machine['transition']>[1] & { actorId: string }

/** One transition of the chart, named so that people find it in `machine.ts`. */
export interface Edge {
  /** `mint.post error[4] venice/token-malformed → fetchToken`; the number counts the transitions of that event. */
  name: string
  isGuarded: boolean
  /** An earlier transition of the event has the same guard, so this one is never taken. */
  isShadowed: boolean
}

interface TransitionConfig {
  actions?: unknown
}
type OneOrMore = TransitionConfig | readonly TransitionConfig[]
interface StateConfig {
  invoke?: { onDone?: OneOrMore; onError?: OneOrMore }
  always?: OneOrMore
  states?: Record<string, StateConfig>
}

const MARK = /^took (\d+)$/

/** The real machine, in which each transition also records that it was taken. */
export const marked: Machine = (() => {
  let marks = 0
  const mark = (transitions: OneOrMore): TransitionConfig[] =>
    [transitions].flat().map((made) => ({ ...made, actions: [made.actions ?? [], { type: `took ${marks++}` }].flat() }))
  const markState = ({ invoke, always, states, ...rest }: StateConfig): StateConfig => ({
    ...rest,
    ...(always !== undefined && { always: mark(always) }),
    ...(invoke !== undefined && {
      invoke: {
        ...invoke,
        ...(invoke.onDone !== undefined && { onDone: mark(invoke.onDone) }),
        ...(invoke.onError !== undefined && { onError: mark(invoke.onError) }),
      },
    }),
    ...(states !== undefined && {
      states: Object.fromEntries(Object.entries(states).map(([name, state]) => [name, markState(state)])),
    }),
  })
  // XState's own type of a config is a union over every way to write one.
  const config = markState(onboardingMachine.config as unknown as StateConfig)
  return new StateMachine(config as never, onboardingMachine.implementations as never) as unknown as Machine
})()

/** Every transition of the chart by its mark, eventless ones included. */
const EDGES: ReadonlyMap<string, Edge> = (() => {
  const guards = new Map<string, (string | null)[]>()
  const named = graphOf(marked).edges.map(({ from, event, guard, to, actions }): [string, Edge] => {
    const source = `${from} ${event === '' ? 'always' : event}`
    const earlier = guards.get(source) ?? []
    guards.set(source, [...earlier, guard])
    const name = `${source}[${earlier.length}] ${guard ?? 'otherwise'} → ${to}`
    const found = actions.findLast((action) => MARK.test(action))
    if (found === undefined) throw new Error(`${name} is written in a way that is not marked here.`)
    return [found, { name, isGuarded: guard !== null, isShadowed: earlier.includes(guard) }]
  })
  return new Map(named)
})()

export const edges = (): Edge[] => [...EDGES.values()]

const namesOf = (actions: readonly { type: string }[]): string[] =>
  actions.flatMap(({ type }) => EDGES.get(type)?.name ?? [])

/** The edges that are taken when the machine starts. */
export const edgesAtStart = (input: OnboardingInput): string[] => namesOf(initialTransition(marked, input)[1])

/** `marked`, and the transitions taken for each event. XState's own paths show only how to reach a state. */
export function recorded<Event extends object>() {
  const taken = new Map<Event, { from: Snapshot; edges: readonly string[]; next: Snapshot }>()
  const logic: Machine = Object.create(marked, {
    transition: {
      value: (...[from, event, scope]: Parameters<Machine['transition']>) => {
        const actions: { type: string }[] = []
        const next = marked.transition(from, event, { ...scope, actionExecutor: (action) => void actions.push(action) })
        taken.set(event as unknown as Event, { from, edges: namesOf(actions), next })
        return next
      },
    },
  })
  return { logic, taken }
}

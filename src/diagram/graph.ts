import type { AnyStateMachine, StateNode } from 'xstate'

/** A machine's chart as plain data, for diagrams, tables and the inspector. */
export interface MachineGraph {
  id: string
  description: string | null
  /** Path of the state the machine starts in. */
  initial: string | null
  /** In document order, parents before their children; without the root. */
  states: readonly GraphState[]
  edges: readonly GraphEdge[]
}

export interface GraphState {
  /** XState's own id, e.g. `onboarding.mint.post`. */
  id: string
  /** Keys from the root down, e.g. `mint.post`. */
  path: string
  key: string
  /** Path of the state around it, null at the top. */
  parent: string | null
  type: StateNode['type']
  description: string | null
  meta: Readonly<Record<string, unknown>>
  /** Names of the actors that run while the machine is here. */
  invokes: readonly string[]
  /** Path of the child that is entered first. */
  initial: string | null
}

/** One transition to one target. A transition that targets nothing stays where it is: `to` is `from`. */
export interface GraphEdge {
  /** Path of the state that is left; empty is the machine as a whole. */
  from: string
  to: string
  /** `done` and `error` of an actor, `after …` of a timer, empty when eventless, else the event's type. */
  event: string
  /** The guard's name, or the code it asks for; null when the transition is always taken. */
  guard: string | null
  actions: readonly string[]
}

/** XState names an action, guard or actor by a string, an object with a type, or the function itself. */
export type Reference = string | { type?: string } | ((...args: never[]) => unknown)

/**
 * Reads the chart of `machine`, eventless transitions included, which XState's own `toDirectedGraph` leaves out.
 * Pure, and runs in a browser.
 */
export function graphOf(machine: AnyStateMachine): MachineGraph {
  const nodes = descendants(machine.root)
  return {
    id: machine.id,
    description: machine.root.description ?? null,
    initial: firstChild(machine.root),
    states: nodes.map(stateOf),
    edges: [machine.root, ...nodes].flatMap(edgesFrom),
  }
}

/** A reference as people read it; what has no name is `inline`. */
export function nameOf(reference: Reference): string {
  if (typeof reference === 'string') return reference
  if (typeof reference === 'function') return reference.name || 'inline'
  return reference.type ?? 'inline'
}

const pathOf = (node: StateNode): string => node.path.join('.')

const descendants = (node: StateNode): StateNode[] =>
  Object.values(node.states).flatMap((child) => [child, ...descendants(child)])

const firstChild = (node: StateNode): string | null => {
  const target = node.type === 'compound' ? node.initial.target[0] : undefined
  return target === undefined ? null : pathOf(target)
}

const stateOf = (node: StateNode): GraphState => ({
  id: node.id,
  path: pathOf(node),
  key: node.key,
  parent: node.parent === undefined || node.parent.path.length === 0 ? null : pathOf(node.parent),
  type: node.type,
  description: node.description ?? null,
  meta: node.meta ?? {},
  invokes: node.invoke.map(({ src }) => nameOf(src as Reference)),
  initial: firstChild(node),
})

const edgesFrom = (node: StateNode): GraphEdge[] =>
  [...[...node.transitions.values()].flat(), ...(node.always ?? [])].flatMap(({ target, eventType, guard, actions }) =>
    (target ?? [node]).map((to) => ({
      from: pathOf(node),
      to: pathOf(to),
      event: eventLabel(eventType, node.id),
      guard: guard === undefined ? null : guardLabel(guard as Reference),
      actions: actions.map((action) => nameOf(action as Reference)),
    })),
  )

function eventLabel(type: string, nodeId: string): string {
  const timer = /^xstate\.after\.(.+)$/.exec(type)?.[1]
  if (timer !== undefined) return `after ${timer.slice(0, -nodeId.length - 1)}`
  return /^xstate\.(done|error|snapshot)\./.exec(type)?.[1] ?? type
}

/** One guard that is given a code stands for many: the code tells them apart. */
function guardLabel(guard: Reference): string {
  const params: unknown = typeof guard === 'object' && 'params' in guard ? guard.params : undefined
  const code = typeof params === 'object' && params !== null && 'code' in params ? params.code : undefined
  return typeof code === 'string' ? code : nameOf(guard)
}

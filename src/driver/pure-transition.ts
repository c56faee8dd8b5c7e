import { type AnyActorScope, type AnyMachineSnapshot, type AnyStateMachine, createActor, fromCallback } from 'xstate'

/** An action that XState asks to be executed. */
export interface Executable {
  type: string
  params?: unknown
}

type Computed = [snapshot: AnyMachineSnapshot, actions: readonly Executable[]]

/** What stands in for the running machine: what a state invokes is made with it as parent, and never started. */
const nothing = fromCallback(() => {})

/**
 * The next snapshot, and the actions to execute. As XState's own `transition`, which first has an actor compute an initial
 * state without its input, and drops it: half of its time. Pure.
 */
export function nextSnapshot(machine: AnyStateMachine, from: AnyMachineSnapshot, event: { type: string }): Computed {
  const actions: Executable[] = []
  return [machine.transition(from, event, scopeOf(actions)), actions]
}

/** The first snapshot, likewise, as XState's own `initialTransition`. */
export function firstSnapshot(machine: AnyStateMachine, input: unknown): Computed {
  const actions: Executable[] = []
  return [machine.getInitialSnapshot(scopeOf(actions), input), actions]
}

function scopeOf(actions: Executable[]): AnyActorScope {
  const self = createActor(nothing)
  return {
    self,
    system: self.system,
    id: '',
    sessionId: '',
    logger() {},
    defer() {},
    stopChild() {},
    emit() {},
    actionExecutor: (action) => void actions.push(action),
  }
}

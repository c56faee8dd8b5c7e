import { type AnyActorScope, type AnyMachineSnapshot, type AnyStateMachine, createActor, fromCallback } from 'xstate'

/** An action that XState asks to be executed. */
export interface Executable {
  type: string
  params?: unknown
}

type Computed = [snapshot: AnyMachineSnapshot, actions: readonly Executable[]]

/**
 * A substitute for the running machine. It is the parent of the actors that a state invokes, which are never started.
 */
const nothing = fromCallback(() => {})

/**
 * The next snapshot, and the actions to execute, as XState's own `transition` gives them. That one spends half of its
 * time on an initial state without input, which it drops. Pure.
 */
export function nextSnapshot(machine: AnyStateMachine, from: AnyMachineSnapshot, event: { type: string }): Computed {
  const actions: Executable[] = []
  return [machine.transition(from, event, scopeOf(actions)), actions]
}

/** The first snapshot, and its actions, as XState's own `initialTransition` gives them. Pure. */
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

import type { AnyStateMachine, StateNode } from 'xstate'
import type { StateMeta } from '../../machines/onboarding/setup.ts'
import { statePath } from './view.ts'

/** What the innermost state of `value` says of itself; nothing where this chart has no such state. Pure. */
export function metaOf(machine: AnyStateMachine, value: unknown): StateMeta {
  let node: StateNode | undefined = machine.root
  for (const key of statePath(value).split('.')) node = node?.states[key]
  return node?.meta ?? {}
}

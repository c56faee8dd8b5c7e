import type { AnyStateMachine, StateNode } from 'xstate'
import type { StateMeta } from '../../machines/onboarding/setup.ts'
import { statePath } from './view.ts'

/** The `meta` of the innermost state of `value`; empty if this chart has no such state. Pure. */
export function metaOf(machine: AnyStateMachine, value: unknown): StateMeta {
  let node: StateNode | undefined = machine.root
  for (const key of statePath(value).split('.')) node = node?.states[key]
  return node?.meta ?? {}
}

import type { InspectionEvent } from 'xstate'
import { onboardingMachine } from '../../machines/onboarding/machine.ts'
import { toStatelyConfig } from '../diagram/stately.ts'
import { type AttachOptions, watchActor } from './attach.ts'
import { createFeed } from './feed.ts'
import type { Step } from './model/step.ts'

/** What is used of an inspector of `@statelyai/inspect`, whatever it sends its events to. */
export interface StatelyInspector {
  actor(actor: StatelyActor | string, snapshot: StatelySnapshot): void
  snapshot(actor: StatelyActor | string, snapshot: StatelySnapshot, info: { event: { type: string } }): void
}

/** Its chart is read from the logic. */
export interface StatelyActor {
  sessionId: string
  logic?: { config: unknown }
}

export interface StatelySnapshot {
  status: 'active' | 'done'
  value: unknown
  context: Readonly<Record<string, unknown>>
}

/**
 * Shows an actor in Stately's inspector, by the same allow-list as on the own page:
 * `createActor(machine, { inspect: statelyBridge(inspector) })`. Its own `inspector.inspect` sends contexts, inputs and
 * outputs of every actor as they are, secrets included, to a page that Stately hosts.
 *
 * @param inspector - e.g. `createWebSocketInspector()` of `@statelyai/inspect`.
 */
export function statelyBridge(
  inspector: StatelyInspector,
  options: AttachOptions = {},
): (event: InspectionEvent) => void {
  const { machine = onboardingMachine } = options
  const feed = createFeed()
  const finals = new Set(Object.values(machine.states).flatMap(({ type, key }) => (type === 'final' ? [key] : [])))
  let sent = 0
  feed.listen({
    onChange() {
      const { last } = feed
      if (last === null || feed.count === sent) return
      const snapshot = snapshotOf(last, finals)
      const actor = { sessionId: machine.id, logic: { config: toStatelyConfig(machine) } }
      if (sent === 0) inspector.actor(actor, snapshot)
      sent = feed.count
      inspector.snapshot(actor, snapshot, { event: { type: last.cause } })
    },
    onEnd() {},
  })
  return watchActor(feed, options)
}

const snapshotOf = ({ to, view: { data, ...view }, failure }: Step, finals: ReadonlySet<string>): StatelySnapshot => ({
  status: to.every((path) => finals.has(path)) ? 'done' : 'active',
  value: stateValue(to),
  context: { ...view, failure, ...(data !== null && { data }) },
})

/** A state value of dotted paths: `a.b` is `{ a: 'b' }`, `a.b` and `a.c` are regions. */
function stateValue(paths: readonly string[]): unknown {
  const heads = [...new Set(paths.map((path) => path.split('.')[0] ?? ''))]
  const below = (head: string) =>
    paths.flatMap((path) => (path.startsWith(`${head}.`) ? [path.slice(head.length + 1)] : []))
  const [only] = heads
  if (only !== undefined && heads.length === 1 && below(only).length === 0) return only
  return Object.fromEntries(heads.map((head) => [head, below(head).length === 0 ? {} : stateValue(below(head))]))
}

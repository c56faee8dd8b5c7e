import type { AnyStateMachine, InspectionEvent } from 'xstate'
import type { OnboardingContext } from '../../machines/onboarding/context.ts'
import { onboardingMachine } from '../../machines/onboarding/machine.ts'
import { graphOf } from '../diagram/graph.ts'
import { viewOfContext } from '../driver/events.ts'
import { createFeed, type Feed } from './feed.ts'
import type { InspectorServer } from './inspector-server.ts'
import { elkEngine, loadElk } from './layout/elk.ts'
import { layeredEngine } from './layout/layered.ts'
import { type SketchedMachine, sketchMachine } from './layout/sketch.ts'
import { EMPTY_VIEW, type Json, type Step } from './model/step.ts'
import { projectStep } from './projection.ts'
import { onboardingChart } from './run.ts'
import { serveInspector } from './server.ts'

export interface AttachOptions {
  /** The machine to be drawn. Default: the onboarding. */
  machine?: AnyStateMachine
  /**
   * What may be shown of the context of a machine that is not the onboarding. Without it nothing is: states and the types
   * of events alone. What it returns must be plain JSON.
   */
  project?: (context: unknown) => Json
}

export interface AttachedInspector extends InspectorServer {
  /** Give this to `createActor` as its `inspect`. It never throws. */
  readonly inspect: (event: InspectionEvent) => void
}

/** Longest data of an embedder's own that is kept per step, as JSON. */
const MAX_DATA = 20_000

/**
 * Serves a page of an actor of this process: `createActor(machine, { inspect: inspector.inspect })`. Of the onboarding,
 * with or without provided actors, it shows what the command shows; of any other machine only the states and the types of
 * events, unless `project` says more. Such a machine is laid out now: by elkjs where it is installed, else plainly.
 *
 * Side effects: a server on 127.0.0.1, which alone keeps no process alive; see `close`.
 */
export async function startInspector(options: AttachOptions = {}): Promise<AttachedInspector> {
  const { machine = onboardingMachine } = options
  const kind = isOnboarding(machine) ? 'onboarding' : 'other'
  const feed = createFeed({ title: machine.id, machine: kind, source: 'live' })
  feed.set({ driver: 'running' })
  const inspect = watchActor(feed, options)
  const { url, close } = await serveInspector(feed, kind === 'onboarding' ? onboardingChart : await chartOf(machine))
  return {
    url,
    inspect,
    close() {
      feed.set({ driver: 'ended' })
      return close()
    },
  }
}

/** Also with its actors provided: then it is another machine with the same config. */
const isOnboarding = (machine: AnyStateMachine): boolean => machine.config === onboardingMachine.config

/** Lays out any machine. */
export async function chartOf(machine: AnyStateMachine): Promise<SketchedMachine> {
  const elk = await loadElk().catch(() => null)
  return sketchMachine(graphOf(machine), elk === null ? layeredEngine : elkEngine(elk))
}

/** A snapshot of a machine, as far as it is read. */
interface Seen {
  value: unknown
  context: unknown
}

/** Turns inspection events of the first actor that runs the machine into steps. Child actors are ignored. */
export function watchActor(
  feed: Feed,
  { machine = onboardingMachine, project }: AttachOptions,
): (event: InspectionEvent) => void {
  const show = isOnboarding(machine) ? projectOnboarding : projectOther(project)
  let watched: string | null = null
  let revision = 0
  return (event) => {
    try {
      const { sessionId } = event.actorRef
      if (event.type === '@xstate.actor' && runs(event.actorRef, machine)) watched ??= sessionId
      if (event.type !== '@xstate.snapshot' || sessionId !== watched) return
      // The actor runs a machine, so this is a machine's snapshot.
      const seen = event.snapshot as unknown as Seen
      revision += 1
      const step = show(seen, {
        kind: 'transition',
        revision,
        pass: 1,
        at: new Date().toISOString(),
        from: feed.last?.to ?? [],
        to: pathsOf(seen.value),
        cause: event.event.type,
      })
      if (step !== null) feed.push(step)
    } catch {
      // Looking on must not disturb what is looked at.
    }
  }
}

/** Which logic an actor runs is not in its type. */
const runs = (actor: object, { config }: AnyStateMachine): boolean =>
  (actor as { logic?: { config?: unknown } }).logic?.config === config

/** Dotted paths of the innermost active states. */
function pathsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) => {
    const below = pathsOf(inner)
    return below.length === 0 ? [key] : below.map((path) => `${key}.${path}`)
  })
}

type Projection = (seen: Seen, step: Omit<Step, 'failure' | 'view'>) => Step | null

/** The same allow-list as of a run by the driver. */
const projectOnboarding: Projection = ({ context, value }, step) => {
  // The machine is the onboarding, so this is its context.
  const known = context as OnboardingContext
  const event = {
    type: 'transition',
    ...step,
    runId: known.request.runId,
    from: step.from[0] ?? null,
    to: step.to[0],
    failure: known.failure,
    view: viewOfContext(known, value),
  }
  return projectStep(event, null)?.step ?? null
}

const projectOther =
  (project: AttachOptions['project']): Projection =>
  ({ context }, step) => ({ ...step, failure: null, view: { ...EMPTY_VIEW, data: dataOf(project, context) } })

function dataOf(project: AttachOptions['project'], context: unknown): Json {
  const text = JSON.stringify(project?.(context) ?? null)
  return text.length > MAX_DATA ? `more than ${MAX_DATA} characters` : (JSON.parse(text) as Json)
}

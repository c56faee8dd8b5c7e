import type { Failure } from '../errors/failure.ts'
import type { Progress } from './effects/io.ts'
import type { Envelope, Kind, NameOf, Onboarding } from './kind.ts'
import { statePath, viewOfContext } from './view.ts'

export { statePath, viewOfContext } from './view.ts'

export const SCHEMA_VERSION = 1

/**
 * One step of the machine, as it may be shown. It is an allow-list: a new field stays hidden until it is added here.
 */
export interface TransitionEvent<K extends Kind = Onboarding> {
  type: 'transition'
  schemaVersion: number
  /** ISO 8601. */
  at: string
  runId: string
  revision: number
  pass: number
  /** Dotted path of the state left, or null at the start of a pass. */
  from: string | null
  to: string
  /** The event that caused it, e.g. `xstate.done.actor.mintKey`. */
  cause: string
  failure: Pick<Failure, 'code' | 'message' | 'hint'> | null
  view: K['view']
}

export interface ProgressEvent<K extends Kind = Onboarding> extends Progress {
  type: 'progress'
  /** ISO 8601. */
  at: string
  effect: NameOf<K>
}

/** A process resumes a run that another process did not finish. */
export interface ResumedEvent<K extends Kind = Onboarding> {
  type: 'resumed'
  schemaVersion: number
  /** ISO 8601. */
  at: string
  runId: string
  revision: number
  state: string
  /** ISO 8601: the last save of the other process. */
  since: string
  view: K['view']
}

/** The last event of a call, which stops working on the run for now or for good. */
export interface StoppedEvent {
  type: 'stopped'
  schemaVersion: number
  /** ISO 8601. */
  at: string
  runId: string
  revision: number
  /** The recorded state, from which the run resumes. */
  state: string
  /** done: `state` is a final one. error: the call rejects. */
  why: 'done' | 'paused' | 'error'
  /** Code of the failure or error at its end, or null. */
  code: string | null
}

export type RunEvent<K extends Kind = Onboarding> =
  | TransitionEvent<K>
  | ProgressEvent<K>
  | ResumedEvent<K>
  | StoppedEvent

export const resumedEvent = <K extends Kind>(
  { runId, revision, writtenAt, snapshot }: Envelope<K>,
  at: string,
  view: (context: K['context'], value: unknown) => K['view'],
): ResumedEvent<K> => ({
  type: 'resumed',
  schemaVersion: SCHEMA_VERSION,
  at,
  runId,
  revision,
  state: statePath(snapshot.value),
  since: writtenAt,
  view: view(snapshot.context, snapshot.value),
})

export const transitionEvent = (from: Envelope | null, to: Envelope, cause: string): TransitionEvent =>
  transitionOf<Onboarding>({ from, to, cause, view: viewOfContext })

/** The event for a step of any machine. `view` selects what may be shown. */
export function transitionOf<K extends Kind>({
  from,
  to,
  cause,
  view,
}: {
  from: Envelope<K> | null
  to: Envelope<K>
  cause: string
  view: (context: K['context'], value: unknown) => K['view']
}): TransitionEvent<K> {
  const { failure } = to.snapshot.context
  return {
    type: 'transition',
    schemaVersion: SCHEMA_VERSION,
    at: to.writtenAt,
    runId: to.runId,
    revision: to.revision,
    pass: to.pass,
    from: from && statePath(from.snapshot.value),
    to: statePath(to.snapshot.value),
    cause,
    failure: failure && { code: failure.code, message: failure.message, hint: failure.hint },
    view: view(to.snapshot.context, to.snapshot.value),
  }
}

import type { AnyMachineSnapshot } from 'xstate'
import { isFailure } from '../errors/failure.ts'
import { Interrupted } from './effects/guard.ts'
import type { EffectIo, Progress } from './effects/io.ts'
import { type DueEffect, type Envelope, isFinished, recordOf, requestOf } from './envelope.ts'
import { type RunEvent, resumedEvent, transitionOf } from './events.ts'
import type { Definition, EffectsOf, Kind, NameOf, Onboarding } from './kind.ts'
import { isSameMachine, machineStamp } from './machine-stamp.ts'
import { metaOf } from './meta.ts'
import { formatOf } from './migrations.ts'
import { ONBOARDING } from './onboarding.ts'
import { type Executable, firstSnapshot, nextSnapshot } from './pure-transition.ts'

/** What the driver needs from an engine. A file store, a workflow engine and a simulation are hosts. */
export interface Host<K extends Kind = Onboarding> {
  /** Runs an effect; an engine that journals may answer from its journal. Called once per revision. */
  step<T>(name: string, run: () => Promise<T>): Promise<T>
  /** Resolves at `until` (ISO 8601), or rejects with the signal's reason. */
  sleepUntil(until: string, signal: AbortSignal): Promise<void>
  /** Makes `envelope` durable before it resolves; the driver acts only after that. */
  save(envelope: Envelope<K>): Promise<void>
  /** Reports what happened. Must not throw. */
  publish(event: RunEvent<K>): void
  /** ISO 8601. */
  now(): string
}

export interface Drive<K extends Kind = Onboarding> {
  effects: EffectsOf<K>
  host: Host<K>
  /** The run so far, or null to begin one with `input`. A run that is finished for good is returned unchanged. */
  envelope: Envelope<K> | null
  /** Starts a finished run again from its record. If it has a key, only its funding is checked again. Default false. */
  again?: boolean
  input: K['input']
  /** Pauses the run. An interruptible effect is cut short; any other is finished and recorded first. */
  signal: AbortSignal
}

/** `paused`: the signal stopped it, and the envelope can be resumed. */
export interface Driven<K extends Kind = Onboarding> {
  status: 'done' | 'paused'
  envelope: Envelope<K>
}

/**
 * Drives the machine until it is done or paused: compute the next snapshot, make it durable, then act on it.
 *
 * Side effects: those of the effects. Each runs only after the snapshot that calls for it is saved. Safe to run again
 * on the last saved envelope after a crash anywhere.
 */
export const drive = (options: Drive): Promise<Driven> => driveMachine(ONBOARDING, options)

/** The same for any machine. */
export async function driveMachine<K extends Kind>(
  definition: Definition<K>,
  { effects, host, envelope, again = false, input, signal }: Drive<K>,
): Promise<Driven<K>> {
  const { machine, version, migrations } = definition
  let current = await begin()
  while (current.snapshot.status === 'active') {
    if (signal.aborted) return { status: 'paused', envelope: current }
    const event = await perform(current)
    if (event === null) return { status: 'paused', envelope: current }
    current = await advance(current, event)
  }
  return { status: 'done', envelope: current }

  async function begin(): Promise<Envelope<K>> {
    if (envelope !== null && isFinished(envelope) && !again) return envelope
    const mayContinue = envelope?.snapshot.status === 'active' && isFor(envelope, input.request)
    if (envelope !== null && mayContinue && (await isSameMachine(envelope, { machine, version }))) {
      host.publish(resumedEvent(envelope, host.now(), definition.view))
      return asAskedNow(envelope)
    }
    // The envelope tells what earlier passes did. The caller's copy of the record does not count.
    const start = envelope === null ? input : { ...input, record: recordOf(envelope) }
    const [snapshot, actions] = firstSnapshot(machine, start)
    return record(snapshot, actions, {
      revision: (envelope?.revision ?? 0) + 1,
      pass: (envelope?.pass ?? 0) + 1,
      from: null,
      cause: `${machine.id}.${envelope === null ? 'start' : 'restart'}`,
    })
  }

  async function advance(from: Envelope<K>, event: CompletionEvent): Promise<Envelope<K>> {
    const [snapshot, actions] = nextSnapshot(machine, restore(from), event)
    return record(snapshot, actions, { revision: from.revision + 1, pass: from.pass, from, cause: event.type })
  }

  async function record(
    snapshot: AnyMachineSnapshot,
    actions: readonly Executable[],
    { revision, pass, from, cause }: { revision: number; pass: number; from: Envelope<K> | null; cause: string },
  ): Promise<Envelope<K>> {
    const { request } = input
    const next: Envelope<K> = {
      format: formatOf(migrations),
      machine: await machineStamp({ machine, version }),
      runId: request.runId,
      chainId: request.chainId,
      address: request.address,
      revision,
      pass,
      writtenAt: host.now(),
      snapshot: {
        status: snapshot.status === 'done' ? 'done' : 'active',
        value: snapshot.value,
        context: snapshot.context,
      },
      due: dueEffect<K>(actions),
    }
    if (next.snapshot.status === 'active' && next.due === null) {
      throw new Error(
        `State ${JSON.stringify(snapshot.value)} waits for nothing: ${String(snapshot.error ?? 'no effect is due')}`,
      )
    }
    await host.save(next)
    host.publish(transitionOf({ from, to: next, cause, view: definition.view }))
    return next
  }

  async function perform(from: Envelope<K>): Promise<CompletionEvent | null> {
    const { id, src, input: effectInput } = due(from)
    const report = (progress: Progress) => host.publish({ type: 'progress', at: host.now(), effect: src, ...progress })
    try {
      const output =
        src === 'sleepUntil'
          ? await sleep(from, endOfWait(from, (effectInput as { until: string }).until, host.now()), report)
          : await host.step(src, () => effectNamed(src)(effectInput, { signal, report }))
      return { type: `xstate.done.actor.${id}`, output, actorId: id }
    } catch (error) {
      if (error instanceof Interrupted) return null
      // Effects reject with a Failure. Anything else comes from the host, and the machine cannot handle it.
      if (!isFailure(error)) throw error
      return { type: `xstate.error.actor.${id}`, error, actorId: id }
    }
  }

  async function sleep(
    from: Envelope<K>,
    until: string,
    report: (progress: Progress) => void,
  ): Promise<{ wokeAt: string }> {
    report({ awaits: metaOf(machine, from.snapshot.value).awaits ?? 'clock', until })
    try {
      await host.sleepUntil(until, signal)
    } catch (error) {
      if (signal.aborted) throw new Interrupted()
      throw error
    }
    return { wokeAt: host.now() }
  }

  /** The input was recorded together with this effect, so its type fits. */
  function effectNamed(src: NameOf<K>): (input: unknown, io: EffectIo) => Promise<unknown> {
    return effects[src] as (input: unknown, io: EffectIo) => Promise<unknown>
  }

  function asAskedNow(given: Envelope<K>): Envelope<K> {
    const { snapshot } = given
    return { ...given, snapshot: { ...snapshot, context: definition.asAskedNow(snapshot.context, input) } }
  }

  /** XState's snapshot of an envelope, without running anything. */
  function restore({ snapshot: { value, context } }: Envelope<K>): AnyMachineSnapshot {
    return machine.resolveState({ value: value as AnyMachineSnapshot['value'], context })
  }
}

interface CompletionEvent {
  type: string
  actorId: string
  output?: unknown
  error?: unknown
}

/** The effect among XState's actions. A state of these machines invokes at most one. */
export function dueEffect<K extends Kind = Onboarding>(actions: readonly Executable[]): DueEffect<K> | null {
  const spawned = actions.filter(({ type }) => type === 'xstate.spawnChild')
  const last = spawned.at(-1)?.params as DueEffect<K> | undefined
  return last === undefined ? null : { id: last.id, src: last.src, input: last.input ?? null }
}

function due<K extends Kind>({ due: effect, snapshot }: Envelope<K>): DueEffect<K> {
  if (effect === null) throw new Error(`State ${JSON.stringify(snapshot.value)} waits for nothing.`)
  return effect
}

/**
 * When the wait of `envelope` ends. It never lasts longer than planned, even if the clock was set back since.
 */
function endOfWait<K extends Kind>({ snapshot, writtenAt }: Envelope<K>, until: string, now: string): string {
  const plannedAt = snapshot.context.failure?.at ?? writtenAt
  const longestMs = Math.max(0, Date.parse(until) - Date.parse(plannedAt))
  return new Date(Math.min(Date.parse(until), Date.parse(now) + longestMs)).toISOString()
}

/** The request is unchanged. A state depends on it. */
const isFor = <K extends Kind>(envelope: Envelope<K>, request: K['input']['request']): boolean =>
  JSON.stringify(requestOf(envelope)) === JSON.stringify(request)

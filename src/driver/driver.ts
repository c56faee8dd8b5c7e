import { initialTransition, type SnapshotFrom, transition } from 'xstate'
import type { OnboardingInput } from '../../machines/onboarding/context.ts'
import type { EffectName } from '../../machines/onboarding/effects.ts'
import { onboardingMachine } from '../../machines/onboarding/machine.ts'
import type { OnboardingRequest } from '../domain/request.ts'
import { isFailure } from '../errors/failure.ts'
import { Interrupted } from './effects/create.ts'
import type { Effects, Progress } from './effects/io.ts'
import {
  type DueEffect,
  type Envelope,
  FORMAT,
  isFinished,
  isSameMachine,
  machineStamp,
  recordOf,
  requestOf,
} from './envelope.ts'
import { type RunEvent, resumedEvent, statePath, transitionEvent } from './events.ts'

type Snapshot = SnapshotFrom<typeof onboardingMachine>

/** What an engine gives the driver. A file, a workflow engine and a simulation are hosts. */
export interface Host {
  /** Runs an effect; an engine that journals may answer from its journal. Called once per revision. */
  step<T>(name: string, run: () => Promise<T>): Promise<T>
  /** Resolves at `until` (ISO 8601), or rejects with the signal's reason. */
  sleepUntil(until: string, signal: AbortSignal): Promise<void>
  /** Makes `envelope` durable before it resolves; the driver acts only after that. */
  save(envelope: Envelope): Promise<void>
  /** Tells of what has happened. Must not throw. */
  publish(event: RunEvent): void
  /** ISO 8601. */
  now(): string
}

export interface Drive {
  effects: Effects
  host: Host
  /** The run so far, or null to begin one with `input`. One that is finished for good is given back as it is. */
  envelope: Envelope | null
  /** Starts a finished run anew from its record: with a key in it, only its funding is asked again. Default false. */
  again?: boolean
  input: OnboardingInput
  /** Pauses the run: an effect that may be cut short is, any other is finished and recorded first. */
  signal: AbortSignal
}

/** `paused`: the signal stopped it, and the envelope can be driven on. */
export interface Driven {
  status: 'done' | 'paused'
  envelope: Envelope
}

/**
 * Drives the machine until it is done or paused: compute the next snapshot, make it durable, then act on it.
 *
 * Side effects: those of the effects, each only after the snapshot that calls for it is saved. Safe to run again on the
 * last saved envelope after a crash anywhere.
 */
export async function drive({ effects, host, envelope, again = false, input, signal }: Drive): Promise<Driven> {
  let current = await begin()
  while (current.snapshot.status === 'active') {
    if (signal.aborted) return { status: 'paused', envelope: current }
    const event = await perform(current)
    if (event === null) return { status: 'paused', envelope: current }
    current = await advance(current, event)
  }
  return { status: 'done', envelope: current }

  async function begin(): Promise<Envelope> {
    if (envelope !== null && isFinished(envelope) && !again) return envelope
    const mayContinue = envelope?.snapshot.status === 'active' && isFor(envelope, input.request)
    if (envelope !== null && mayContinue && (await isSameMachine(envelope))) {
      host.publish(resumedEvent(envelope, host.now()))
      return asAskedNow(envelope, input)
    }
    // What earlier passes did is in the envelope; what a caller remembers of it does not count.
    const start = envelope === null ? input : { ...input, record: recordOf(envelope) }
    const [snapshot, actions] = initialTransition(onboardingMachine, start)
    return record(snapshot, actions, {
      revision: (envelope?.revision ?? 0) + 1,
      pass: (envelope?.pass ?? 0) + 1,
      from: null,
      cause: envelope === null ? 'onboarding.start' : 'onboarding.restart',
    })
  }

  async function advance(from: Envelope, event: CompletionEvent): Promise<Envelope> {
    const [snapshot, actions] = transition(onboardingMachine, restore(from), event as never)
    return record(snapshot, actions, { revision: from.revision + 1, pass: from.pass, from, cause: event.type })
  }

  async function record(
    snapshot: Snapshot,
    actions: readonly Executable[],
    { revision, pass, from, cause }: { revision: number; pass: number; from: Envelope | null; cause: string },
  ): Promise<Envelope> {
    const { request } = input
    const next: Envelope = {
      format: FORMAT,
      machine: await machineStamp(),
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
      due: dueEffect(actions),
    }
    if (next.snapshot.status === 'active' && next.due === null) {
      throw new Error(
        `State ${JSON.stringify(snapshot.value)} waits for nothing: ${String(snapshot.error ?? 'no effect is due')}`,
      )
    }
    await host.save(next)
    host.publish(transitionEvent(from, next, cause))
    return next
  }

  async function perform(from: Envelope): Promise<CompletionEvent | null> {
    const { id, src, input: effectInput } = due(from)
    const report = (progress: Progress) => host.publish({ type: 'progress', at: host.now(), effect: src, ...progress })
    try {
      const output =
        src === 'sleepUntil'
          ? await sleep(from, endOfWait(from, (effectInput as { until: string }).until, host.now()), report)
          : await host.step<unknown>(src, () => effects[src](effectInput as never, { signal, report }))
      return { type: `xstate.done.actor.${id}`, output, actorId: id }
    } catch (error) {
      if (error instanceof Interrupted) return null
      // Effects reject with a Failure. Anything else comes from the host, and is not the machine's to judge.
      if (!isFailure(error)) throw error
      return { type: `xstate.error.actor.${id}`, error, actorId: id }
    }
  }

  async function sleep(
    from: Envelope,
    until: string,
    report: (progress: Progress) => void,
  ): Promise<{ wokeAt: string }> {
    const isForFunds = /\.await(Funds|Credit)$/.test(statePath(from.snapshot.value))
    report({ awaits: isForFunds ? 'funds' : 'clock', until })
    try {
      await host.sleepUntil(until, signal)
    } catch (error) {
      if (signal.aborted) throw new Interrupted()
      throw error
    }
    return { wokeAt: host.now() }
  }
}

interface CompletionEvent {
  type: string
  actorId: string
  output?: unknown
  error?: unknown
}

interface Executable {
  type: string
  params?: unknown
}

/** The one effect among the actions XState asks for; a state of this machine invokes at most one. */
export function dueEffect(actions: readonly Executable[]): DueEffect | null {
  const spawned = actions.filter(({ type }) => type === 'xstate.spawnChild')
  const last = spawned.at(-1)?.params as { id: string; src: EffectName; input: unknown } | undefined
  return last === undefined ? null : { id: last.id, src: last.src, input: last.input ?? null }
}

function due({ due: effect, snapshot }: Envelope): DueEffect {
  if (effect === null) throw new Error(`State ${JSON.stringify(snapshot.value)} waits for nothing.`)
  return effect
}

/**
 * When the wait of `envelope` ends. It lasts no longer than it was planned to, should the clock have been set back since,
 * by a year perhaps.
 */
function endOfWait({ snapshot, writtenAt }: Envelope, until: string, now: string): string {
  const plannedAt = snapshot.context.failure?.at ?? writtenAt
  const longestMs = Math.max(0, Date.parse(until) - Date.parse(plannedAt))
  return new Date(Math.min(Date.parse(until), Date.parse(now) + longestMs)).toISOString()
}

/** What is asked for has not changed since: a state rests on it. */
const isFor = (envelope: Envelope, request: OnboardingRequest): boolean =>
  JSON.stringify(requestOf(envelope)) === JSON.stringify(request)

/** How long to wait for funds, and whether to prove them, is up to the process that goes on. */
function asAskedNow(envelope: Envelope, { fundsDeadline = null, mustProve = false }: AskedNow): Envelope {
  const { snapshot } = envelope
  return { ...envelope, snapshot: { ...snapshot, context: { ...snapshot.context, fundsDeadline, mustProve } } }
}
type AskedNow = { fundsDeadline?: string | null | undefined; mustProve?: boolean | undefined }

/** XState's snapshot of an envelope, without running anything. */
function restore({ snapshot: { value, context } }: Envelope): Snapshot {
  return onboardingMachine.resolveState({ value: value as Snapshot['value'], context })
}

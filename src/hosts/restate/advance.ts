import { driveMachine, type Host } from '../../driver/driver.ts'
import { Interrupted } from '../../driver/effects/guard.ts'
import type { EffectIo } from '../../driver/effects/io.ts'
import type { Envelope } from '../../driver/envelope.ts'
import type { ProgressEvent, RunEvent } from '../../driver/events.ts'
import type { Definition, EffectsOf, Kind, NameOf } from '../../driver/kind.ts'
import type { Clock } from '../../ports/clock.ts'

/** The reason why a step ends. It is made once, because making an error records a stack. */
const RECORDED = new Error('The step is recorded.')

interface Advance<K extends Kind> {
  effects: EffectsOf<K>
  /** The run so far, or null to begin it. */
  envelope: Envelope<K> | null
  again?: boolean
  input: K['input']
  /**
   * Effects without outside changes. The result of one need not be durable before the next one runs. After a crash they
   * are repeated.
   */
  quiet: ReadonlySet<NameOf<K>>
  /**
   * Effects with outside changes that are safe to repeat from the record. The result of one need not be durable before
   * another of them acts.
   */
  repeatable: ReadonlySet<NameOf<K>>
  clock: Clock
  /** Aborts when this worker stops. */
  signal: AbortSignal
  onProgress?: (event: ProgressEvent<K>) => void
}

/** The run some revisions later, and the events of these. */
export interface Advanced<K extends Kind> {
  envelope: Envelope<K>
  events: readonly Exclude<RunEvent<K>, ProgressEvent<K>>[]
}

/**
 * Drives `envelope` until something must be recorded: it runs the due effect, and the quiet effects before and after
 * it, and returns the new revision instead of writing it. The caller must make it durable before the next call. This is
 * the driver's rule "save first, then act" for a host that stores what its steps return.
 *
 * The caller sleeps a due wait before the call. Here it only lasts for the difference of two clocks.
 *
 * @throws {Interrupted} `signal` aborted before anything was done.
 */
export async function advance<K extends Kind>(definition: Definition<K>, options: Advance<K>): Promise<Advanced<K>> {
  const { effects, envelope, again = false, input, quiet, repeatable, clock, signal, onProgress } = options
  const recorded = new AbortController()
  const events: Exclude<RunEvent<K>, ProgressEvent<K>>[] = []
  // The due effect is always one of this machine.
  const isIn = (names: ReadonlySet<NameOf<K>>, name: string | undefined) =>
    name !== undefined && names.has(name as NameOf<K>)
  let hasActed = false
  let hasOnlyRepeated = true
  const host: Host<K> = {
    step(name, run) {
      hasActed ||= !isIn(quiet, name)
      hasOnlyRepeated &&= isIn(repeatable, name)
      return run()
    },
    sleepUntil(until, given) {
      hasActed = true
      return clock.sleepUntil(Date.parse(until), given)
    },
    async save({ due }) {
      const mayRepeat = hasActed && hasOnlyRepeated && isIn(repeatable, due?.src)
      if (!mayRepeat && (hasActed || !isIn(quiet, due?.src))) recorded.abort(RECORDED)
    },
    publish(event) {
      if (event.type === 'progress') onProgress?.(event)
      else events.push(event)
    },
    now: () => new Date(clock.now()).toISOString(),
  }
  const pause = AbortSignal.any([signal, recorded.signal])
  // Work that an effect began ahead of time continues after the step. Only the driver stops when the step is recorded.
  const acting = withSignal(effects, signal)
  const driven = await driveMachine(definition, { effects: acting, host, envelope, again, input, signal: pause })
  const isFurther = driven.envelope.revision !== envelope?.revision
  if (!isFurther && driven.status === 'paused') throw new Interrupted()
  return { envelope: driven.envelope, events }
}

const withSignal = <K extends Kind>(effects: EffectsOf<K>, signal: AbortSignal): EffectsOf<K> =>
  // The same names with the same types.
  Object.fromEntries(
    Object.entries<(input: unknown, io: EffectIo) => unknown>(effects).map(([name, effect]) => [
      name,
      (input: unknown, io: EffectIo) => effect(input, { ...io, signal }),
    ]),
  ) as EffectsOf<K>

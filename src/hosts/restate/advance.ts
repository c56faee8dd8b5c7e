import { driveMachine, type Host } from '../../driver/driver.ts'
import { Interrupted } from '../../driver/effects/guard.ts'
import type { EffectIo } from '../../driver/effects/io.ts'
import type { Envelope } from '../../driver/envelope.ts'
import type { ProgressEvent, RunEvent } from '../../driver/events.ts'
import type { Definition, EffectsOf, Kind, NameOf } from '../../driver/kind.ts'
import type { Clock } from '../../ports/clock.ts'

/** Why a step has ended; made once, since an error takes its stack with it. */
const RECORDED = new Error('The step is recorded.')

interface Advance<K extends Kind> {
  effects: EffectsOf<K>
  /** The run so far, or null to begin it. */
  envelope: Envelope<K> | null
  again?: boolean
  input: K['input']
  /**
   * Effects that change nothing outside: what comes of one need not be durable before another of them acts. After a crash
   * they are simply done again.
   */
  quiet: ReadonlySet<NameOf<K>>
  /**
   * Effects that change something outside, and that change nothing more when they are done again with what is recorded: what
   * comes of one need not be durable before another of them acts.
   */
  repeatable: ReadonlySet<NameOf<K>>
  clock: Clock
  /** Aborts when this worker stops. */
  signal: AbortSignal
  onProgress?: (event: ProgressEvent<K>) => void
}

/** Some revisions further, and what there is to tell of them. */
export interface Advanced<K extends Kind> {
  envelope: Envelope<K>
  events: readonly Exclude<RunEvent<K>, ProgressEvent<K>>[]
}

/**
 * Has the driver act on `envelope` until something must be recorded: the effect that is due is run, with what is quiet before
 * and after it, and the revision that comes of it is given back instead of being written. Whoever calls makes it durable before
 * the next call; that is the driver's rule of saving first and acting second, at a host that keeps what its steps return.
 *
 * A wait that is due is slept before the call: here it only lasts as long as two clocks differ.
 *
 * @throws {Interrupted} `signal` aborted, and nothing was done.
 */
export async function advance<K extends Kind>(definition: Definition<K>, options: Advance<K>): Promise<Advanced<K>> {
  const { effects, envelope, again = false, input, quiet, repeatable, clock, signal, onProgress } = options
  const recorded = new AbortController()
  const events: Exclude<RunEvent<K>, ProgressEvent<K>>[] = []
  // What is due names effects of this machine, and nothing else.
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
  // What an effect began ahead of its time goes on after the step; only the driver is to stop when it has recorded.
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

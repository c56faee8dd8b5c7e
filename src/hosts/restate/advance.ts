import { driveMachine, type Host } from '../../driver/driver.ts'
import { Interrupted } from '../../driver/effects/create.ts'
import type { EffectIo } from '../../driver/effects/io.ts'
import type { Envelope } from '../../driver/envelope.ts'
import type { ProgressEvent, RunEvent } from '../../driver/events.ts'
import type { Definition, EffectsOf, Kind } from '../../driver/kind.ts'
import type { Clock } from '../../ports/clock.ts'

interface Advance<K extends Kind> {
  effects: EffectsOf<K>
  /** The run so far, or null to begin it. */
  envelope: Envelope<K> | null
  again?: boolean
  input: K['input']
  clock: Clock
  /** Aborts when this worker stops. */
  signal: AbortSignal
  onProgress?: (event: ProgressEvent<K>) => void
}

/** One revision further, and what there is to tell of it. */
export interface Advanced<K extends Kind> {
  envelope: Envelope<K>
  events: readonly Exclude<RunEvent<K>, ProgressEvent<K>>[]
}

/**
 * Has the driver act on `envelope` and record once: the effect that is due is run, and the next revision is given back
 * instead of being written. Whoever calls makes it durable before the next call; that is the driver's rule of saving
 * first and acting second, at a host that keeps what its steps return.
 *
 * A wait that is due is slept before the call: here it only lasts as long as two clocks differ.
 *
 * @throws {Interrupted} `signal` aborted, and nothing was done.
 */
export async function advance<K extends Kind>(definition: Definition<K>, options: Advance<K>): Promise<Advanced<K>> {
  const { effects, envelope, again = false, input, clock, signal, onProgress } = options
  const recorded = new AbortController()
  const events: Exclude<RunEvent<K>, ProgressEvent<K>>[] = []
  const host: Host<K> = {
    step: (_, run) => run(),
    sleepUntil: (until, given) => clock.sleepUntil(Date.parse(until), given),
    save: async () => recorded.abort(),
    publish(event) {
      if (event.type === 'progress') onProgress?.(event)
      else events.push(event)
    },
    now: () => new Date(clock.now()).toISOString(),
  }
  const pause = AbortSignal.any([signal, recorded.signal])
  // What an effect began ahead of its time goes on after the step; only the driver is to stop when it has recorded once.
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

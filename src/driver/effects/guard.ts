import type { Redactor } from '../../domain/redact.ts'
import { toFailure } from '../../errors/failure.ts'
import type { Clock } from '../../ports/clock.ts'
import type { EffectIo } from './io.ts'

/** The pause signal interrupted an effect that may be interrupted. It is not a failure: the machine does not move. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted'
}

/**
 * The result of `work`, unless the run is paused first. A pause does not wait for the person or service that was asked.
 * Their late answer is dropped, so it must not be something to keep.
 *
 * @throws {Interrupted} `signal` aborted first.
 */
export function unlessPaused<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  work.catch(() => {})
  return new Promise((resolve, reject) => {
    const abandon = () => reject(new Interrupted())
    if (signal.aborted) return abandon()
    signal.addEventListener('abort', abandon, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abandon))
  })
}

type Run<Input, Output> = (input: Input, io: EffectIo) => Promise<Output>

/**
 * Wraps every effect of a machine: it then rejects with a `Failure`, without any secret seen, or with `Interrupted`.
 *
 * @param interruptible - names of effects without outside changes. A pause may cut them short.
 * @param abandonable - names of effects that may wait for a person, a wallet or a sink, but record and send nothing. A
 * pause does not wait for them.
 */
export function createGuard<Name extends string>({
  clock,
  redactor,
  interruptible,
  abandonable = new Set(),
}: {
  clock: Clock
  redactor: Redactor
  interruptible: ReadonlySet<Name>
  abandonable?: ReadonlySet<Name>
}) {
  return <Input, Output>(name: Name, effect: Run<Input, Output>): Run<Input, Output> =>
    async (input, io) => {
      try {
        const work = effect(input, io)
        return await (abandonable.has(name) ? unlessPaused(work, io.signal) : work)
      } catch (error) {
        if (error instanceof Interrupted) throw error
        if (io.signal.aborted && (interruptible.has(name) || abandonable.has(name))) throw new Interrupted()
        throw toFailure(error, {
          at: new Date(clock.now()).toISOString(),
          jitter: clock.random(),
          scrub: redactor.scrub,
        })
      }
    }
}

/** The wait that every machine uses. */
export const sleepingUntil =
  (clock: Clock): Run<{ until: string }, { wokeAt: string }> =>
  async ({ until }, { signal, report }) => {
    report({ awaits: 'clock', until })
    await clock.sleepUntil(Date.parse(until), signal)
    return { wokeAt: new Date(clock.now()).toISOString() }
  }

import type { Redactor } from '../../domain/redact.ts'
import { toFailure } from '../../errors/failure.ts'
import type { Clock } from '../../ports/clock.ts'
import type { EffectIo } from './io.ts'

/** The pause signal cut an effect short that may be cut short. No failure: the machine does not move. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted'
}

/**
 * `work`, as long as nobody pauses: whoever was asked may answer when they like, and nobody waits for that. What comes of it
 * then is dropped, so it must be nothing that is to be kept.
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
 * What every effect of a machine is wrapped in: it rejects with a `Failure`, scrubbed of every secret seen, or with
 * `Interrupted`.
 *
 * @param interruptible - names of effects that change nothing outside, so that a pause may cut them short.
 * @param abandonable - names of effects that may wait for a person, a wallet or a sink, and record and send nothing: a pause
 * does not wait for them.
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

/** The wait that every machine knows. */
export const sleepingUntil =
  (clock: Clock): Run<{ until: string }, { wokeAt: string }> =>
  async ({ until }, { signal, report }) => {
    report({ awaits: 'clock', until })
    await clock.sleepUntil(Date.parse(until), signal)
    return { wokeAt: new Date(clock.now()).toISOString() }
  }

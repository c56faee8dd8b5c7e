import type { Redactor } from '../../domain/redact.ts'
import { toFailure } from '../../errors/failure.ts'
import type { Clock } from '../../ports/clock.ts'
import type { EffectIo } from './io.ts'

/** The pause signal cut an effect short that may be cut short. No failure: the machine does not move. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted'
}

type Run<Input, Output> = (input: Input, io: EffectIo) => Promise<Output>

/**
 * What every effect of a machine is wrapped in: it rejects with a `Failure`, scrubbed of every secret seen, or with
 * `Interrupted`.
 *
 * @param interruptible - names of effects that change nothing outside, so that a pause may cut them short.
 */
export function createGuard<Name extends string>({
  clock,
  redactor,
  interruptible,
}: {
  clock: Clock
  redactor: Redactor
  interruptible: ReadonlySet<Name>
}) {
  return <Input, Output>(name: Name, effect: Run<Input, Output>): Run<Input, Output> =>
    async (input, io) => {
      try {
        return await effect(input, io)
      } catch (error) {
        if (io.signal.aborted && interruptible.has(name)) throw new Interrupted()
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

import { Interrupted } from '../driver/effects/guard.ts'
import { OnboardingError } from '../errors/base.ts'
import { type Failure, toFailure } from '../errors/failure.ts'
import { StoreNewerFormatError } from '../errors/store.ts'
import type { Clock } from '../ports/clock.ts'

/** Nothing was done, and nothing can be as it is: no key is here, or a record is damaged. Journaled as an answer. */
export interface Refused {
  ok: false
  failure: Failure
}

/** A defect of this program, or of its surroundings, on its way to Restate, which will try again. Scrubbed. */
export class StepFailed extends Error {
  override readonly name = 'StepFailed'
}

/**
 * Does `work`. An error of ours is an answer, unless a newer worker may know more, this one stops, or `mayPass` says that it
 * may be over by itself.
 *
 * @throws {StepFailed} and nothing else: Restate tries again, here or at another worker.
 */
export async function orRefused<T>(
  work: () => Promise<T>,
  {
    clock,
    scrub,
    mayPass = () => false,
  }: { clock: Clock; scrub: (text: string) => string; mayPass?: (error: OnboardingError) => boolean },
): Promise<T | Refused> {
  try {
    return await work()
  } catch (error) {
    const isForOthers = error instanceof StoreNewerFormatError || error instanceof Interrupted
    if (error instanceof OnboardingError && !isForOthers && !mayPass(error)) {
      return { ok: false, failure: toFailure(error, { at: new Date(clock.now()).toISOString(), jitter: 0, scrub }) }
    }
    throw new StepFailed(scrub(error instanceof Error ? `${error.name}: ${error.message}` : String(error)))
  }
}

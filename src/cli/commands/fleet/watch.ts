import { systemClock } from '../../../adapters/clock.ts'
import { FleetAnswerError, FleetUnreachableError } from '../../../errors/fleet.ts'
import type { Output } from '../../output.ts'
import { pauseSignals } from '../../signals.ts'

const REFRESH_MS = 1_000

interface Watch<T> {
  read(): Promise<T>
  show(seen: T): void
  isOver(seen: T): boolean
  output: Output
}

/**
 * Looks and shows until it is over, or somebody has seen enough. Once Restate has answered, it may be away for a while: what
 * it keeps is not gone.
 *
 * @throws {FleetUnreachableError} it was not there at first.
 */
export async function watch<T>({ read, show, isOver, output }: Watch<T>): Promise<T> {
  const pause = pauseSignals({ ...output, note: () => {} }, undefined)
  try {
    let seen = await read()
    while (!pause.signal.aborted && !isOver(seen)) {
      show(seen)
      await systemClock.sleepUntil(systemClock.now() + REFRESH_MS, pause.signal).catch(() => {})
      seen = await read().catch((error: unknown) => {
        if (!isAway(error)) throw error
        output.note(error.message)
        return seen
      })
    }
    return seen
  } finally {
    pause.dispose()
  }
}

/** Not there, or not ready yet: after its start it answers queries with 500 for a while. */
const isAway = (error: unknown): error is FleetUnreachableError | FleetAnswerError =>
  error instanceof FleetUnreachableError || (error instanceof FleetAnswerError && error.status >= 500)

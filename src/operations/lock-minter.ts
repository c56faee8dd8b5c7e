import { openAttempts } from '../../machines/transactions.ts'
import { recordOf } from '../driver/envelope.ts'
import { AgentInFlightError } from '../errors/sponsor.ts'
import { recordedRun } from '../hosts/file/recorded-run.ts'
import { lockRun, type RunPlace } from '../hosts/file/run-place.ts'
import type { RunLock } from '../ports/run-store.ts'

/**
 * Keeps every other process, such as a sponsor, out of a wallet that another wallet stakes for, so that nobody stakes
 * twice. Side effects: takes its wallet lock; releases `held` if that fails.
 *
 * @throws {LockedError} {AgentInFlightError} its own run is staking.
 */
export async function lockMinter(place: RunPlace, held: RunLock): Promise<RunLock> {
  let lock: RunLock | undefined
  try {
    lock = await lockRun(place)
    const recorded = await recordedRun(place)
    const open = recorded === null ? [] : openAttempts({ record: recordOf(recorded) })
    if (open.length > 0)
      throw new AgentInFlightError(
        place.address,
        open.map(({ hash }) => hash),
      )
    return lock
  } catch (error) {
    await lock?.release()
    await held.release()
    throw error
  }
}

import { existsSync } from 'node:fs'
import { runDirectory } from '../../adapters/stores/run-directory.ts'
import { type Envelope, unseal } from '../../driver/envelope.ts'
import { openRun, type RunPlace } from './run-place.ts'

/**
 * The recorded run of a wallet, or null. Reads only, and takes no lock.
 *
 * @throws the classes of `unseal`. {StoreUnreadableError}
 */
export async function recordedRun(place: RunPlace): Promise<Envelope | null> {
  // Opening a file store creates its directory.
  if (place.runStore === undefined && !existsSync(runDirectory(place))) return null
  const store = await openRun(place)
  const text = await store.load()
  return text === null ? null : unseal(text, store.record, place)
}

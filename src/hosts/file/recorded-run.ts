import { existsSync } from 'node:fs'
import { openRunStore, runDirectory } from '../../adapters/stores/file-run-store.ts'
import type { Address } from '../../domain/addresses.ts'
import { type Envelope, unseal } from '../../driver/envelope.ts'

/**
 * What is recorded of the run of a wallet, or null when there is none. Reads only, and takes no lock.
 *
 * @throws the classes of `unseal`. {StoreUnreadableError}
 */
export async function recordedRun(place: {
  stateDir: string
  chainId: number
  address: Address
}): Promise<Envelope | null> {
  // To open a store makes its directory.
  if (!existsSync(runDirectory(place))) return null
  const store = await openRunStore(place)
  const text = await store.load()
  return text === null ? null : unseal(text, store.record, place)
}

import { existsSync } from 'node:fs'
import { type FileRunStore, openStoreIn, sponsorDirectory } from '../adapters/stores/file-run-store.ts'
import type { Address } from '../domain/addresses.ts'
import { unsealAs } from '../driver/envelope.ts'
import { SPONSORING, type Sponsoring, type SponsoringEnvelope } from './kind.ts'

export interface TreasuryPlace {
  stateDir: string
  chainId: number
  /** The treasury. */
  address: Address
}

/** Opens the files of a treasury, and creates the directory if needed. Take its wallet lock first. */
export const openSponsorStore = (place: TreasuryPlace): Promise<FileRunStore> => openStoreIn(sponsorDirectory(place))

/**
 * The recorded run of a treasury, or null. Reads only, and takes no lock.
 *
 * @throws the classes of `unseal`. {StoreUnreadableError}
 */
export async function recordedSponsoring(place: TreasuryPlace): Promise<SponsoringEnvelope | null> {
  // Opening a store creates its directory.
  if (!existsSync(sponsorDirectory(place))) return null
  const store = await openSponsorStore(place)
  const text = await store.load()
  return text === null ? null : unsealAs<Sponsoring>(SPONSORING, text, store.record, place)
}

import { existsSync } from 'node:fs'
import { sponsorDirectory } from '../adapters/stores/file-run-store.ts'
import { TreasuryInUseError } from '../errors/sponsor.ts'
import type { TreasuryPlace } from './record.ts'

/**
 * Makes sure that this wallet, as a treasury, has nothing in flight: its own run would use the same nonces. Hold the lock
 * of the wallet. Reads only, and hardly anything of a wallet that was never a treasury.
 *
 * @throws {TreasuryInUseError} and the classes of `unseal`.
 */
export async function requireNoSponsoring(place: TreasuryPlace): Promise<void> {
  if (!existsSync(sponsorDirectory(place))) return
  // A machine of its own: loaded only where there is a record of it.
  const { recordedSponsoring } = await import('./record.ts')
  const { openIn } = await import('./result.ts')
  const recorded = await recordedSponsoring(place)
  const hashes = recorded === null ? [] : openIn(recorded).map(({ hash }) => hash)
  if (hashes.length > 0) throw new TreasuryInUseError({ address: place.address, as: 'sponsor', hashes })
}

import { existsSync } from 'node:fs'
import { sponsorDirectory } from '../adapters/stores/file-run-store.ts'
import { TreasuryInUseError } from '../errors/sponsor.ts'
import type { TreasuryPlace } from './record.ts'

/**
 * Checks that this wallet has nothing in flight as a treasury: its own run would use the same nonces. Take the wallet
 * lock first. Reads only, and almost nothing if the wallet was never a treasury.
 *
 * @throws {TreasuryInUseError} and the classes of `unseal`.
 */
export async function requireNoSponsoring(place: TreasuryPlace): Promise<void> {
  if (!existsSync(sponsorDirectory(place))) return
  // A separate machine: loaded only if it has a record.
  const { recordedSponsoring } = await import('./record.ts')
  const { openIn } = await import('./result.ts')
  const recorded = await recordedSponsoring(place)
  const hashes = recorded === null ? [] : openIn(recorded).map(({ hash }) => hash)
  if (hashes.length > 0) throw new TreasuryInUseError({ address: place.address, as: 'sponsor', hashes })
}

import { UsageError } from '../errors/cli.ts'
import type { Flags } from './options.ts'

/**
 * A sponsor's key without `--sponsor` would be left unused, and the wallet's own funds spent.
 *
 * @throws {UsageError}
 */
export function requireSponsorFlags(flags: Flags): void {
  const { sponsor, sponsorPrivateKeyFile, sponsorKeystore, sponsorAccount } = flags
  if (sponsor || (sponsorPrivateKeyFile ?? sponsorKeystore ?? sponsorAccount) === undefined) return
  throw new UsageError('A key of a sponsor is given, and no sponsor is asked for.', 'Add --sponsor, or leave it away.')
}

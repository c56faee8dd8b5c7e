import { UsageError } from '../../errors/cli.ts'
import type { Flags } from '../options.ts'

/**
 * A sponsor's key without `--sponsor` would be left unused, and the wallet's own funds spent.
 *
 * @throws {UsageError}
 */
export function requireSponsorFlags(flags: Flags): void {
  const { sponsor, sponsorPrivateKeyFile, sponsorKeystore, sponsorAccount } = flags
  if (sponsor || (sponsorPrivateKeyFile ?? sponsorKeystore ?? sponsorAccount) === undefined) return
  throw new UsageError('A key for a sponsor is given, but --sponsor is not.', 'Add --sponsor, or remove the key.')
}

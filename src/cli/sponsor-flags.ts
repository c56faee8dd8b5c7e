import { UsageError } from '../errors/usage.ts'
import type { Flags } from './options.ts'

/**
 * A sponsor's key without `--sponsor` would be left unused, and the wallet's own funds spent. In a sandbox there is nobody to
 * stake for.
 *
 * @throws {UsageError}
 */
export function requireSponsorFlags(flags: Flags): void {
  const { network, sponsor, sponsorPrivateKeyFile, sponsorKeystore, sponsorAccount } = flags
  if (sponsor && network === 'sandbox') {
    throw new UsageError(
      'The wallet of a sandbox has funds of its own, so that nobody needs to stake for it.',
      'Serve one with `venice-onboard sandbox --wallets 2`, and give its endpoints and keys with --network base.',
    )
  }
  if (sponsor || (sponsorPrivateKeyFile ?? sponsorKeystore ?? sponsorAccount) === undefined) return
  throw new UsageError('A key of a sponsor is given, and no sponsor is asked for.', 'Add --sponsor, or leave it away.')
}

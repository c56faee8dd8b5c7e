import { UsageError } from '../../errors/cli.ts'
import type { Request } from '../request.ts'

/**
 * A sponsor's key without `--sponsor` would be left unused, and the wallet's own funds spent.
 *
 * @throws {UsageError}
 */
export function requireSponsorFlags(request: Request): void {
  const { privateKeyFile, keystore, account } = request.keys.sponsor
  if (request.isSponsored || (privateKeyFile ?? keystore ?? account) === undefined) return
  throw new UsageError('A key for a sponsor is given, but --sponsor is not.', 'Add --sponsor, or remove the key.')
}

import { privateKeyFileSigner } from '../../../adapters/signers/private-key.ts'
import { verifyingSigner } from '../../../adapters/signers/verify.ts'
import type { Address } from '../../../domain/addresses.ts'
import { action, say } from '../../../domain/next-action.ts'
import { createRedactor } from '../../../domain/redact.ts'
import { MissingOptionError, UsageError } from '../../../errors/cli.ts'
import type { WorkerParts } from '../../../fleet/opener.ts'
import { requireSponsorFlags } from '../../sponsoring/flags.ts'
import { openSponsor } from '../../sponsoring/sponsor.ts'
import { readDevPlace } from './place.ts'
import type { FleetRequest } from './request.ts'

/**
 * The signer of the treasury: on Base that of `--sponsor` and its options, in the sandbox the one `fleet dev` made. Null
 * where no sponsor is asked for. Reads key files.
 *
 * @throws {NoSponsorKeyError} {UsageError} and what else `openSponsor` throws.
 */
export async function treasurySigner(request: FleetRequest): Promise<WorkerParts['treasury']> {
  const redactor = createRedactor()
  if (request.network === 'sandbox') {
    const file = readDevPlace(request)?.treasuryFile
    return file === undefined ? null : { signer: verifyingSigner(await privateKeyFileSigner(file)), redactor }
  }
  requireSponsorFlags(request)
  return request.isSponsored ? { signer: await openSponsor(request, redactor), redactor } : null
}

/**
 * The treasury that is to stake: named, or the one whose key is given. Reads key files.
 *
 * @throws {MissingOptionError} {UsageError}
 */
export async function treasuryAddress(request: FleetRequest): Promise<Address> {
  const { treasury, network } = request
  if (network === 'base') {
    const given = { ...request, isSponsored: treasury === undefined }
    if (treasury !== undefined) requireSponsorFlags(given)
    return treasury ?? (await openSponsor(given, createRedactor())).address
  }
  const own = readDevPlace(request)?.treasury
  if (own === undefined) {
    throw new MissingOptionError(
      'A treasury in the sandbox',
      say`Start one with ${action('fleet.dev', { sponsor: true })}, or name --network base and its endpoints.`,
    )
  }
  if (treasury !== undefined && treasury.toLowerCase() !== own.toLowerCase()) {
    throw new UsageError(`The treasury of this sandbox is ${own}.`, 'Omit --treasury.')
  }
  return own
}

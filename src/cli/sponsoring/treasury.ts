import { systemClock } from '../../adapters/clock.ts'
import { privateKeySigner } from '../../adapters/signers/private-key.ts'
import { verifyingSigner } from '../../adapters/signers/verify.ts'
import type { Redactor } from '../../domain/redact.ts'
import { OwnKeyRefusedError, SandboxHasNoTreasuryError } from '../../sandbox/errors.ts'
import type { SponsorPorts } from '../../sponsoring/effects.ts'
import { endpointsOf } from '../endpoints.ts'
import type { CliContext } from '../environment.ts'
import type { Request } from '../request.ts'
import { sponsorSource } from '../signer-source.ts'
import { runningSandbox, treasuryChainOver } from '../wiring.ts'
import { openSponsor } from './sponsor.ts'

/**
 * The signer and ports of a sponsor. Reads key files; a sandbox has its own treasury.
 *
 * @throws {NoSponsorKeyError} {OwnKeyRefusedError} {SandboxHasNoTreasuryError} and what else `openSigner` throws.
 */
export async function treasuryPorts(request: Request, context: CliContext, redactor: Redactor): Promise<SponsorPorts> {
  if (request.network === 'sandbox') return sandboxTreasury(request, context, redactor)
  const signer = await openSponsor(request, redactor)
  const { rpcUrls } = endpointsOf(request)
  return { chain: treasuryChainOver(rpcUrls, request, context), signer, clock: systemClock }
}

async function sandboxTreasury(request: Request, context: CliContext, redactor: Redactor): Promise<SponsorPorts> {
  const source = sponsorSource(request)
  if (source !== null) throw new OwnKeyRefusedError(source)
  const { treasury, rpcUrl } = await runningSandbox(request)
  if (treasury === null) throw new SandboxHasNoTreasuryError()
  redactor.add(treasury.privateKey)
  const signer = verifyingSigner(privateKeySigner(treasury.privateKey, 'the sandbox'))
  return { chain: treasuryChainOver([rpcUrl], request, context), signer, clock: systemClock }
}

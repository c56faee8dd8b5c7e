import { systemClock } from '../../adapters/clock.ts'
import { privateKeySigner } from '../../adapters/signers/private-key.ts'
import { verifyingSigner } from '../../adapters/signers/verify.ts'
import type { Redactor } from '../../domain/redact.ts'
import { OwnKeyRefusedError, SandboxHasNoTreasuryError } from '../../sandbox/errors.ts'
import type { SponsorPorts } from '../../sponsoring/effects.ts'
import { endpointsOf } from '../config.ts'
import type { CliContext } from '../environment.ts'
import type { Flags } from '../options.ts'
import { runningSandbox, treasuryChainOver } from '../wiring.ts'
import { openSponsor } from './sponsor.ts'

/**
 * The signer and ports of a sponsor. Reads key files; a sandbox has its own treasury.
 *
 * @throws {NoSponsorKeyError} {OwnKeyRefusedError} {SandboxHasNoTreasuryError} and what else `openSigner` throws.
 */
export async function treasuryPorts(flags: Flags, context: CliContext, redactor: Redactor): Promise<SponsorPorts> {
  if (flags.network === 'sandbox') return sandboxTreasury(flags, context, redactor)
  const signer = await openSponsor(flags, context, redactor)
  const { rpcUrls } = endpointsOf(flags, context)
  return { chain: treasuryChainOver(rpcUrls, flags, context), signer, clock: systemClock }
}

async function sandboxTreasury(flags: Flags, context: CliContext, redactor: Redactor): Promise<SponsorPorts> {
  const source = sponsorSource(flags, context)
  if (source !== null) throw new OwnKeyRefusedError(source)
  const { treasury, rpcUrl } = await runningSandbox(flags, context)
  if (treasury === null) throw new SandboxHasNoTreasuryError()
  redactor.add(treasury.privateKey)
  const signer = verifyingSigner(privateKeySigner(treasury.privateKey, 'the sandbox'))
  return { chain: treasuryChainOver([rpcUrl], flags, context), signer, clock: systemClock }
}

function sponsorSource(
  { sponsorPrivateKeyFile, sponsorKeystore, sponsorAccount }: Flags,
  { env }: CliContext,
): string | null {
  if (env.SPONSOR_PRIVATE_KEY) return 'SPONSOR_PRIVATE_KEY'
  if (sponsorPrivateKeyFile) return '--sponsor-private-key-file'
  if (sponsorKeystore) return '--sponsor-keystore'
  return sponsorAccount ? '--sponsor-account' : null
}

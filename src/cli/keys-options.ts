import { systemClock } from '../adapters/clock.ts'
import { createRedactor } from '../domain/redact.ts'
import { minterOf } from '../driver/effects/io.ts'
import { OtherWalletError } from '../errors/cli.ts'
import type { KeysOptions } from '../operations/keys.ts'
import type { CliContext } from './environment.ts'
import { findRun } from './records.ts'
import type { Request } from './request.ts'
import { sinksFor } from './sinks.ts'
import { veniceFor, walletsFor } from './wiring.ts'

/**
 * What a command about the keys of an account acts with. Reads key files where an ADMIN key may be minted.
 *
 * @throws {NoRunError} {OtherWalletError} and what else `signerFor` throws.
 */
export async function keysOptions(
  request: Request & { withAdminKey: boolean },
  context: CliContext,
): Promise<KeysOptions> {
  const { stateDir } = request
  const { address, chainId } = await findRun(stateDir, request.address)
  const venice = await veniceFor(request)
  const redactor = createRedactor()
  const wallets = request.withAdminKey ? await walletsFor(request, redactor) : null
  if (wallets !== null && wallets.signer.address.toLowerCase() !== address.toLowerCase()) {
    throw new OtherWalletError({ run: address, signer: wallets.signer.address })
  }
  return {
    ...sinksFor(request, context, address),
    venice,
    signer: wallets && minterOf(wallets),
    clock: systemClock,
    redactor,
    stateDir,
    chainId,
    address,
  }
}

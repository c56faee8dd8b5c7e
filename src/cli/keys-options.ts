import { resolve } from 'node:path'
import { systemClock } from '../adapters/clock.ts'
import { createRedactor } from '../domain/redact.ts'
import { minterOf } from '../driver/effects/io.ts'
import { OtherWalletError } from '../errors/cli.ts'
import type { KeysOptions } from '../operations/keys.ts'
import { addressOf } from './config.ts'
import type { CliContext } from './environment.ts'
import type { Flags } from './options.ts'
import { findRun } from './records.ts'
import { sinksFor } from './sinks.ts'
import { veniceFor, walletsFor } from './wiring.ts'

/**
 * What a command about the keys of an account acts with. Reads key files where an ADMIN key may be minted.
 *
 * @throws {NoRunError} {OtherWalletError} and what else `signerFor` throws.
 */
export async function keysOptions(
  flags: Flags & { withAdminKey?: boolean },
  context: CliContext,
): Promise<KeysOptions> {
  const stateDir = resolve(context.cwd, flags.stateDir)
  const { address, chainId } = await findRun(stateDir, addressOf(flags))
  const venice = await veniceFor(flags, context)
  const redactor = createRedactor()
  const wallets = flags.withAdminKey ? await walletsFor(flags, context, redactor) : null
  if (wallets !== null && wallets.signer.address.toLowerCase() !== address.toLowerCase()) {
    throw new OtherWalletError({ run: address, signer: wallets.signer.address })
  }
  return {
    ...sinksFor(flags, context, address),
    venice,
    signer: wallets && minterOf(wallets),
    clock: systemClock,
    redactor,
    stateDir,
    chainId,
    address,
  }
}

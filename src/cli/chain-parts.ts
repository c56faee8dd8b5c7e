import { resolve } from 'node:path'
import { keysToRevoke } from '../../machines/onboarding/retired.ts'
import type { ChainParts } from '../compose/chain.ts'
import type { Address } from '../domain/addresses.ts'
import { VENICE_RPC } from '../domain/endpoint-url.ts'
import { readHeld } from '../driver/effects/sinks.ts'
import { recordOf } from '../driver/envelope.ts'
import { apiUrlOf } from './config.ts'
import type { CliContext } from './environment.ts'
import type { Flags } from './options.ts'
import { findRun, readRun } from './records.ts'
import { sinksFor } from './sinks.ts'

/**
 * The parts of the chain over these endpoints; Venice's is among them only if named.
 *
 * @param address - the wallet whose run holds the key that pays Venice; null: the only run.
 */
export function chainParts(
  rpcUrls: readonly string[],
  flags: Flags,
  context: CliContext,
  address: Address | null,
): ChainParts {
  const { acceptImplementation, maxUsd } = flags
  const apiKey = () => storedKey(flags, context, address)
  return {
    rpcUrls,
    acceptImplementation,
    ...(rpcUrls.includes(VENICE_RPC) && { paid: { apiUrl: apiUrlOf(flags), apiKey, maxUsd } }),
  }
}

/** The run's key, or the key that it is about to replace. A run that cannot be read gives none, and reports that itself. */
async function storedKey(flags: Flags, context: CliContext, address: Address | null): Promise<string | null> {
  try {
    const run = await findRun(resolve(context.cwd, flags.stateDir), address)
    const record = recordOf(await readRun(run))
    const key = record.key ?? keysToRevoke(record).at(-1)?.key ?? null
    const venice = { origin: new URL(apiUrlOf(flags)).origin }
    return key && (await readHeld({ ...sinksFor(flags, context, run.address), venice }, key))
  } catch {
    return null
  }
}

import { keysToRevoke } from '../../machines/onboarding/retired.ts'
import type { ChainParts } from '../compose/chain.ts'
import type { Address } from '../domain/addresses.ts'
import { VENICE_RPC } from '../domain/endpoint-url.ts'
import { readHeld } from '../driver/effects/sinks.ts'
import { recordOf } from '../driver/envelope.ts'
import { apiUrlOf } from './endpoints.ts'
import type { CliContext } from './environment.ts'
import { findRun, readRun } from './records.ts'
import type { Request } from './request.ts'
import { sinksFor } from './sinks.ts'

/**
 * The parts of the chain over these endpoints; Venice's is among them only if named.
 *
 * @param address - the wallet whose run holds the key that pays Venice; null: the only run.
 */
export function chainParts(
  rpcUrls: readonly string[],
  request: Request,
  context: CliContext,
  address: Address | null,
): ChainParts {
  const {
    acceptImplementation,
    budget: { maxUsd },
  } = request
  const apiKey = () => storedKey(request, context, address)
  return {
    rpcUrls,
    acceptImplementation,
    ...(rpcUrls.includes(VENICE_RPC) && { paid: { apiUrl: apiUrlOf(request), apiKey, maxUsd } }),
  }
}

/** The run's key, or the key that it is about to replace. A run that cannot be read gives none, and reports that itself. */
async function storedKey(request: Request, context: CliContext, address: Address | null): Promise<string | null> {
  try {
    const run = await findRun(request.stateDir, address)
    const record = recordOf(await readRun(run))
    const key = record.key ?? keysToRevoke(record).at(-1)?.key ?? null
    const venice = { origin: new URL(apiUrlOf(request)).origin }
    return key && (await readHeld({ ...sinksFor(request, context, run.address), venice }, key))
  } catch {
    return null
  }
}

import { mkdirSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import type { Address } from '../../../domain/addresses.ts'
import { FleetSinkSharedError } from '../../../errors/fleet.ts'
import type { WorkerParts } from '../../../fleet/opener.ts'
import type { CliContext } from '../../environment.ts'
import { sinksFor } from '../../sinks.ts'
import { placeOf } from './place.ts'
import type { FleetRequest } from './request.ts'
import { treasurySigner } from './treasury.ts'

/** In a place where keys go: the address of the wallet, in small letters. */
const PLACEHOLDER = '{address}'
const DEFAULT_SINK = `keys/${PLACEHOLDER}.env`

/**
 * What a worker is to serve its wallets with, of what it is asked.
 *
 * Side effects: reads the treasury's key file; makes the folders of key files (0700).
 *
 * @throws {FleetSinkSharedError} {MissingOptionError} {OwnKeyRefusedError} {NoSponsorKeyError}
 */
export async function workerParts(request: FleetRequest, context: CliContext): Promise<WorkerParts> {
  const place = placeOf(request)
  const templates = sinkTemplates(request, context)
  const { rpcRate, veniceRate } = request.serving
  return {
    ...place,
    rpcRate,
    veniceRate,
    acceptImplementation: request.acceptImplementation,
    budget: request.budget,
    fleetBudget: request.fleetBudget,
    confirmations: request.confirmations,
    mayReplaceKey: request.mayReplaceKey,
    allowAdminKeys: request.allowAdminKeys,
    treasury: await treasurySigner(request),
    sinksOf(wallet: Address) {
      const inEnvironment = { ...context, env: { ...context.env, VENICE_ONBOARD_ADDRESS: wallet } }
      const saveKey = templates.map((spec) => spec.replaceAll(PLACEHOLDER, wallet.toLowerCase()))
      return sinksFor({ ...request, saveKey }, inEnvironment, wallet)
    },
  }
}

/**
 * The places for keys, each with the wallet's address in it.
 *
 * @throws {FleetSinkSharedError}
 */
function sinkTemplates(
  { saveKey, network, stateDir }: Pick<FleetRequest, 'saveKey' | 'network' | 'stateDir'>,
  { cwd }: CliContext,
): readonly string[] {
  const byDefault = network === 'sandbox' ? join(relative(cwd, stateDir), DEFAULT_SINK) : DEFAULT_SINK
  const specs = saveKey.length > 0 ? saveKey : [`env-file:${byDefault}`]
  for (const spec of specs) {
    const file = /^(?:env-)?file:(.+)$/s.exec(spec)?.[1]
    // A command gets the address in its environment. A path may lead back out of a folder that is named after it.
    const isOwn = file === undefined ? spec.startsWith('exec:') : resolve(cwd, file).includes(PLACEHOLDER)
    if (!isOwn) throw new FleetSinkSharedError(spec)
    const folder = file === undefined || file.startsWith('~/') ? null : dirname(resolve(cwd, file))
    if (folder !== null && !folder.includes(PLACEHOLDER)) mkdirSync(folder, { recursive: true, mode: 0o700 })
  }
  return specs
}

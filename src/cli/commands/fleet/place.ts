import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { replaceFile } from '../../../adapters/atomic-file.ts'
import { ADDRESS_PATTERN, type Address } from '../../../domain/addresses.ts'
import { action, say } from '../../../domain/next-action.ts'
import { MissingOptionError } from '../../../errors/cli.ts'
import { createFleetClient, type Endpoints, type FleetClient } from '../../../fleet/client.ts'
import { type Identity, openIdentity } from '../../../fleet/identity.ts'
import type { WalletKeys } from '../../../fleet/opener.ts'
import { OwnKeyRefusedError } from '../../../sandbox/errors.ts'
import { endpointsOf } from '../../endpoints.ts'
import { signerSource } from '../../signer-source.ts'
import type { FleetRequest } from './request.ts'

/** Restate's own defaults. */
const DEFAULT_INGRESS = 'http://127.0.0.1:8080'
const DEFAULT_ADMIN = 'http://127.0.0.1:9070'

/** What `fleet dev` writes for the other commands: the addresses of its parts. Its seed is a throwaway. */
const devSchema = z.object({
  ingressUrl: z.url(),
  adminUrl: z.url(),
  rpcUrl: z.url(),
  apiUrl: z.url(),
  seed: z.string(),
  passwordFile: z.string(),
  wallets: z.int().min(0),
  treasury: z.string().regex(ADDRESS_PATTERN).optional(),
  /** Holds the key of the treasury. */
  treasuryFile: z.string().optional(),
})
export type DevPlace = Omit<z.infer<typeof devSchema>, 'treasury'> & { treasury?: Address | undefined }

const devFile = (stateDir: string): string => join(stateDir, 'fleet.json')

export const writeDevPlace = (stateDir: string, place: DevPlace): void =>
  replaceFile(devFile(stateDir), `${JSON.stringify(place)}\n`)

export function readDevPlace({ stateDir }: Pick<FleetRequest, 'stateDir'>): DevPlace | null {
  try {
    return devSchema.parse(JSON.parse(readFileSync(devFile(stateDir), 'utf8'))) as DevPlace
  } catch {
    return null
  }
}

/**
 * What the Restate of this state directory signs with; made at the first start.
 *
 * Side effects: makes the directory (0700) and the file (0600) where they are not there.
 *
 * @throws {FleetIdentityUnreadableError}
 */
export function identityIn({ stateDir }: Pick<FleetRequest, 'stateDir'>): Identity {
  mkdirSync(stateDir, { recursive: true, mode: 0o700 })
  return openIdentity(join(stateDir, 'fleet-identity.pem'))
}

/** Restate of this fleet: what is named, in the sandbox that of `fleet dev`. */
function restateOf(request: FleetRequest): Endpoints {
  const { ingressUrl, adminUrl, authToken } = request.restate
  const dev = request.network === 'sandbox' ? readDevPlace(request) : null
  return {
    ingressUrl: ingressUrl ?? dev?.ingressUrl ?? DEFAULT_INGRESS,
    adminUrl: adminUrl ?? dev?.adminUrl ?? DEFAULT_ADMIN,
    authToken,
  }
}

export const clientFor = (request: FleetRequest): FleetClient => createFleetClient(restateOf(request))

/** Chain, Venice and keys of a fleet. */
export interface FleetPlace {
  rpcUrls: readonly string[]
  apiUrl: string
  keys: WalletKeys
}

/**
 * Where chain, Venice and keys are. In the sandbox: of `fleet dev`, which signs with nothing but what it made itself.
 *
 * @throws {MissingOptionError} {OwnKeyRefusedError}
 */
export function placeOf(request: FleetRequest): FleetPlace {
  const { walletKeys: keys } = request
  if (request.network === 'base') return { ...endpointsOf(request), keys }
  const own = signerSource(request) ?? (keys.seed && '--seed') ?? (keys.keystores && '--keystores')
  if (own) throw new OwnKeyRefusedError(own)
  const dev = readDevPlace(request)
  if (dev === null) {
    throw new MissingOptionError(
      'A fleet in the sandbox',
      say`Start one with ${action('fleet.dev')}, or name --network base and its endpoints.`,
    )
  }
  const { rpcUrl, apiUrl, seed, passwordFile } = dev
  return { rpcUrls: [rpcUrl], apiUrl, keys: { seed, keystores: undefined, passwordFile } }
}

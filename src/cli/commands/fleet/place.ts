import { mkdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import { replaceFile } from '../../../adapters/atomic-file.ts'
import { ADDRESS_PATTERN, type Address } from '../../../domain/addresses.ts'
import { action, say } from '../../../domain/next-action.ts'
import { MissingOptionError } from '../../../errors/cli.ts'
import { createFleetClient, type Endpoints, type FleetClient } from '../../../fleet/client.ts'
import { type Identity, openIdentity } from '../../../fleet/identity.ts'
import { OwnKeyRefusedError } from '../../../sandbox/errors.ts'
import { endpointsOf, signerSource } from '../../config.ts'
import type { CliContext } from '../../environment.ts'
import type { FleetFlags } from './flags.ts'

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

export function readDevPlace({ stateDir }: Pick<FleetFlags, 'stateDir'>, { cwd }: CliContext): DevPlace | null {
  try {
    return devSchema.parse(JSON.parse(readFileSync(devFile(resolve(cwd, stateDir)), 'utf8'))) as DevPlace
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
export function identityIn({ stateDir }: Pick<FleetFlags, 'stateDir'>, { cwd }: Pick<CliContext, 'cwd'>): Identity {
  const directory = resolve(cwd, stateDir)
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  return openIdentity(join(directory, 'fleet-identity.pem'))
}

/** Restate of this fleet: what the options or the environment name, in the sandbox that of `fleet dev`. */
function restateOf(flags: FleetFlags, context: CliContext): Endpoints {
  const { env } = context
  const dev = flags.network === 'sandbox' ? readDevPlace(flags, context) : null
  return {
    ingressUrl: flags.ingressUrl ?? env.RESTATE_INGRESS_URL ?? dev?.ingressUrl ?? DEFAULT_INGRESS,
    adminUrl: flags.adminUrl ?? env.RESTATE_ADMIN_URL ?? dev?.adminUrl ?? DEFAULT_ADMIN,
    authToken: env.RESTATE_AUTH_TOKEN,
  }
}

export const clientFor = (flags: FleetFlags, context: CliContext): FleetClient =>
  createFleetClient(restateOf(flags, context))

/** Chain, Venice and keys of a fleet. */
export interface FleetPlace {
  rpcUrls: readonly string[]
  apiUrl: string
  seed: string | undefined
  keystores: string | undefined
  passwordFile: string | undefined
}

/**
 * Where chain, Venice and keys are. In the sandbox: of `fleet dev`, which signs with nothing but what it made itself.
 *
 * @throws {MissingOptionError} {OwnKeyRefusedError}
 */
export function placeOf(flags: FleetFlags, context: CliContext): FleetPlace {
  const { seed, keystores, passwordFile } = flags
  if (flags.network === 'base') {
    const paths = { seed, keystores, passwordFile }
    for (const [name, path] of Object.entries(paths)) {
      if (path !== undefined) paths[name as keyof typeof paths] = resolve(context.cwd, path)
    }
    return { ...endpointsOf(flags, context), ...paths }
  }
  const own = signerSource(flags, context) ?? (seed && '--seed') ?? (keystores && '--keystores')
  if (own) throw new OwnKeyRefusedError(own)
  const dev = readDevPlace(flags, context)
  if (dev === null) {
    throw new MissingOptionError(
      'A fleet in the sandbox',
      say`Start one with ${action('fleet.dev')}, or name --network base and its endpoints.`,
    )
  }
  return {
    rpcUrls: [dev.rpcUrl],
    apiUrl: dev.apiUrl,
    seed: dev.seed,
    keystores: undefined,
    passwordFile: dev.passwordFile,
  }
}

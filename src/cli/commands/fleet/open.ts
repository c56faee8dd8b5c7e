import { mkdirSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { announcesBlocks } from '../../../adapters/chain/endpoint.ts'
import { guardedFetch } from '../../../adapters/chain/guarded-fetch.ts'
import { systemClock } from '../../../adapters/clock.ts'
import { openKeystoreFolder } from '../../../adapters/signers/keystore-folder.ts'
import { openSeed } from '../../../adapters/signers/seed.ts'
import { verifyingSigner } from '../../../adapters/signers/verify.ts'
import { serverClock } from '../../../adapters/venice/server-clock.ts'
import { composeChain } from '../../../compose/chain.ts'
import { composeVenice } from '../../../compose/venice.ts'
import { VENICE_RPC } from '../../../domain/endpoint-url.ts'
import { createRedactor } from '../../../domain/redact.ts'
import { MissingOptionError, UsageError } from '../../../errors/cli.ts'
import { FleetSignerUnknownError, FleetSinkSharedError } from '../../../errors/fleet.ts'
import { type BudgetGuard, createBudgetGuard } from '../../../fleet/budget-guard.ts'
import type { FleetClient } from '../../../fleet/client.ts'
import { leasesFrom } from '../../../fleet/leases.ts'
import { createLimiter, type Limiter, limitedFetch } from '../../../fleet/limiter.ts'
import type { OpenWallet } from '../../../fleet/runs.ts'
import type { OpenTreasury } from '../../../fleet/treasuries.ts'
import { signInWithX } from '../../../gate/sign-in.ts'
import type { Signer } from '../../../ports/signer.ts'
import type { CliContext } from '../../environment.ts'
import { sinksFor } from '../../sinks.ts'
import { type FleetPlace, placeOf } from './place.ts'
import type { FleetRequest } from './request.ts'
import { treasuryOpener } from './treasury.ts'

/** In a place where keys go: the address of the wallet, in small letters. */
const PLACEHOLDER = '{address}'
const DEFAULT_SINK = `keys/${PLACEHOLDER}.env`

/** Milliseconds of one exchange, as without a rate. */
const RPC_MS = 10_000
const VENICE_MS = 20_000
/** Milliseconds that a request may wait for its turn. */
const TURN_MS = 10 * 60_000

interface Wallet {
  address: string
  index?: number | undefined
}

/** Who can sign for which wallet. */
interface Signers {
  signerOf(wallet: Wallet): Promise<Signer>
  /** @throws {FleetSignerUnknownError} */
  requireHeld(wallet: Wallet): Promise<void>
}

/** A worker's way to a wallet, and what it holds open for it. */
export interface WalletOpener {
  open: OpenWallet
  openTreasury: OpenTreasury
  close(): void
}

/**
 * Prepares what every wallet of a worker needs: keys, endpoints within their rates, places for keys, budgets.
 *
 * Side effects: reads key files; makes the folders of key files (0700); asks Restate for its part of the rates.
 *
 * @param worker - name of this worker, the same after a restart.
 * @throws {FleetSinkSharedError} {MissingOptionError} {SeedUnreadableError} {KeystorePasswordWrongError}
 */
export async function openerFor(
  request: FleetRequest,
  context: CliContext,
  { client, worker }: { client: FleetClient; worker: string },
): Promise<WalletOpener> {
  const place = placeOf(request)
  const saveKey = sinkTemplates(request, context)
  const { signerOf, requireHeld } = await signersFor(place.keys)
  const limiterOf = (kind: 'rpc' | 'venice', cap: number | undefined): Limiter | null =>
    cap === undefined
      ? null
      : createLimiter({
          cap,
          worker,
          clock: systemClock,
          lease: leasesFrom(client, kind),
        })
  const rpc = limiterOf('rpc', request.serving.rpcRate)
  const venice = limiterOf('venice', request.serving.veniceRate)
  const chain = composeChain({
    rpcUrls: endpoints(place, rpc, request.serving.rpcRate),
    acceptImplementation: request.acceptImplementation,
    ...(rpc !== null && { timeoutMs: TURN_MS }),
  })
  const time = serverClock(systemClock)
  /** Venice as the wallet asks it. */
  const veniceOf = (signer: Signer) =>
    composeVenice({
      apiUrl: place.apiUrl,
      serverClock: time,
      signIn: () => signInWithX(signer, time),
      ...(venice !== null && { timeoutMs: TURN_MS, fetch: limitedFetch(venice, { fetch, timeoutMs: VENICE_MS }) }),
    })
  const budget = request.fleetBudget
  const guard = (): { budget?: BudgetGuard } =>
    Object.keys(budget).length === 0
      ? {}
      : {
          budget: createBudgetGuard({ budget, clock: systemClock }),
        }
  const openTreasury = await treasuryOpener(request, ({ signer, redactor }) => ({
    ports: { chain, signer, clock: systemClock },
    settings: { confirmations: request.confirmations },
    redactor,
    limits: { ...budget, ...(request.budget.maxVvv !== undefined && { maxStake: request.budget.maxVvv }) },
    ...guard(),
    requireHeld,
  }))
  return {
    openTreasury,
    async open(order) {
      const address = order.address.toLowerCase()
      const signer = verifyingSigner(await signerOf(order))
      const inEnvironment = { ...context, env: { ...context.env, VENICE_ONBOARD_ADDRESS: signer.address } }
      const places = saveKey.map((spec) => spec.replaceAll(PLACEHOLDER, address))
      const sinks = sinksFor({ ...request, saveKey: places }, inEnvironment, signer.address)
      return {
        ports: { chain, venice: veniceOf(signer), signer, ...sinks, clock: systemClock },
        settings: { confirmations: request.confirmations, mayReplaceKey: request.mayReplaceKey },
        limits: {
          budget: request.budget,
          ...(request.allowAdminKeys && { keyTypes: ['INFERENCE', 'ADMIN'] }),
        },
        redactor: createRedactor(),
        ...guard(),
      }
    },
    close() {
      rpc?.close()
      venice?.close()
    },
  }
}

/** A batch takes one place for each of its requests, as providers count them; so it is small where places are few. */
const batchOf = (cap: number): number => Math.max(1, Math.floor(cap / 100))

function endpoints({ rpcUrls }: FleetPlace, limiter: Limiter | null, cap = 0) {
  if (rpcUrls.includes(VENICE_RPC)) {
    throw new UsageError('A fleet cannot use --rpc-url venice.', 'Its own keys would have to pay for it. Give a URL.')
  }
  if (limiter === null) return rpcUrls
  const fetch = limitedFetch(limiter, { fetch: guardedFetch, timeoutMs: RPC_MS, sizeOf: sizeOfBatch })
  return rpcUrls.map((url) => (announcesBlocks(url) ? url : { url, batchSize: batchOf(cap), fetch }))
}

function sizeOfBatch(body: unknown): number {
  if (typeof body !== 'string') return 1
  const parsed: unknown = JSON.parse(body)
  return Array.isArray(parsed) ? parsed.length : 1
}

/**
 * The signers of a seed or of a folder of keystores.
 *
 * @throws {MissingOptionError} {UsageError}
 */
async function signersFor({ seed, keystores, passwordFile }: FleetPlace['keys']): Promise<Signers> {
  if (seed !== undefined && keystores !== undefined) {
    throw new UsageError('Both --seed and --keystores are given.', 'Give the one that holds the wallets.')
  }
  if (passwordFile === undefined) {
    throw new MissingOptionError('The password of the keys', 'Give --password-file F with --seed F or --keystores DIR.')
  }
  if (seed !== undefined) {
    const opened = await openSeed({ path: seed, passwordFile })
    return {
      signerOf: async (wallet) => opened.signerOf(wallet),
      requireHeld: async (wallet) => void opened.signerOf(wallet),
    }
  }
  if (keystores === undefined) {
    throw new MissingOptionError('The keys of the wallets', 'Give --seed F (see `fleet seed`) or --keystores DIR.')
  }
  const { addresses, signerOf } = await openKeystoreFolder({ directory: keystores, passwordFile })
  const known = new Set(addresses)
  return {
    signerOf,
    async requireHeld({ address }) {
      // To open one takes a second, and its owner put it there.
      if (!known.has(address.toLowerCase())) throw new FleetSignerUnknownError({ address, where: keystores })
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

import { announcesBlocks } from '../adapters/chain/endpoint.ts'
import { guardedFetch } from '../adapters/chain/guarded-fetch.ts'
import { systemClock } from '../adapters/clock.ts'
import { openKeystoreFolder } from '../adapters/signers/keystore-folder.ts'
import { openSeed } from '../adapters/signers/seed.ts'
import { verifyingSigner } from '../adapters/signers/verify.ts'
import { serverClock } from '../adapters/venice/server-clock.ts'
import { createSharedTerms } from '../adapters/venice/shared-terms.ts'
import { composeChain } from '../compose/chain.ts'
import { composeWalletVenice } from '../compose/venice.ts'
import { type Address, isSameAddress } from '../domain/addresses.ts'
import type { Budget } from '../domain/budget.ts'
import { VENICE_RPC } from '../domain/endpoint-url.ts'
import { createRedactor, type Redactor } from '../domain/redact.ts'
import type { Ports } from '../driver/effects/io.ts'
import { MissingOptionError, UsageError } from '../errors/cli.ts'
import { FleetSignerUnknownError } from '../errors/fleet.ts'
import type { Signer } from '../ports/signer.ts'
import { type BudgetGuard, createBudgetGuard } from './budget-guard.ts'
import type { FleetClient } from './client.ts'
import { leasesFrom } from './leases.ts'
import { createLimiter, type Limiter, limitedFetch } from './limiter.ts'
import type { OpenWallet } from './runs.ts'
import { createTopUpTurns } from './top-up-turns.ts'
import { noTreasury, type OpenedTreasury, type OpenTreasury } from './treasuries.ts'

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

/** What a worker serves its wallets with. */
export interface WorkerParts {
  rpcUrls: readonly string[]
  apiUrl: string
  keys: WalletKeys
  acceptImplementation: Address | undefined
  /** Requests per second of all workers together; undefined: no limit. */
  rpcRate: number | undefined
  veniceRate: number | undefined
  /** Of one wallet. Its `maxVvv` is also the most that a treasury stakes for one. */
  budget: Budget
  /** Of all wallets together; empty: no limit. */
  fleetBudget: Budget
  confirmations: number
  mayReplaceKey: boolean
  allowAdminKeys: boolean
  /** The treasury's signer, and what keeps its secrets out of texts; null: this worker has none. */
  treasury: { signer: Signer; redactor: Redactor } | null
  /** Where the key of a wallet goes. */
  sinksOf(wallet: Address): Pick<Ports, 'sink' | 'fallbackSinks'>
}

/** Who holds the keys of the wallets: one of the two, under one password. Absolute paths. */
export interface WalletKeys {
  seed: string | undefined
  keystores: string | undefined
  passwordFile: string | undefined
}

/**
 * Prepares what every wallet of a worker needs: keys, endpoints within their rates, places for keys, budgets.
 *
 * Side effects: reads key files; asks Restate for its part of the rates. May be called again after a restart.
 *
 * @param worker - name of this worker, the same after a restart.
 * @throws {MissingOptionError} {UsageError} {SeedUnreadableError} {KeystorePasswordWrongError}
 */
export async function openerFor(
  parts: WorkerParts,
  { client, worker }: { client: FleetClient; worker: string },
): Promise<WalletOpener> {
  const { confirmations, mayReplaceKey, fleetBudget, treasury } = parts
  const { signerOf, requireHeld } = await signersFor(parts.keys)
  const limiterOf = (kind: 'rpc' | 'venice', cap: number | undefined): Limiter | null =>
    cap === undefined ? null : createLimiter({ cap, worker, clock: systemClock, lease: leasesFrom(client, kind) })
  const rpc = limiterOf('rpc', parts.rpcRate)
  const venice = limiterOf('venice', parts.veniceRate)
  const chain = composeChain({
    rpcUrls: endpoints(parts.rpcUrls, rpc, parts.rpcRate),
    acceptImplementation: parts.acceptImplementation,
    ...(rpc !== null && { timeoutMs: TURN_MS }),
  })
  const time = serverClock(systemClock)
  const sharedTerms = createSharedTerms(systemClock)
  const topUpTurns = createTopUpTurns(systemClock)
  const sending =
    venice === null ? {} : { timeoutMs: TURN_MS, fetch: limitedFetch(venice, { fetch, timeoutMs: VENICE_MS }) }
  const veniceOf = (signer: Signer) =>
    topUpTurns.of(signer.address, composeWalletVenice(parts.apiUrl, signer, time, { sharedTerms, ...sending }))
  const guard = (): { budget?: BudgetGuard } =>
    Object.keys(fleetBudget).length === 0
      ? {}
      : { budget: createBudgetGuard({ budget: fleetBudget, clock: systemClock }) }
  const { maxVvv } = parts.budget
  const openTreasury: OpenTreasury =
    treasury === null
      ? noTreasury
      : onlyTreasury({
          ports: { chain, signer: treasury.signer, clock: systemClock },
          settings: { confirmations },
          redactor: treasury.redactor,
          limits: { ...fleetBudget, ...(maxVvv !== undefined && { maxStake: maxVvv }) },
          ...guard(),
          requireHeld,
        })
  return {
    openTreasury,
    async open(order) {
      const signer = verifyingSigner(await signerOf(order))
      const sinks = parts.sinksOf(signer.address)
      return {
        ports: { chain, venice: veniceOf(signer), signer, ...sinks, clock: systemClock },
        settings: { confirmations, mayReplaceKey },
        limits: {
          budget: parts.budget,
          ...(parts.allowAdminKeys && { keyTypes: ['INFERENCE', 'ADMIN'] }),
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

/** A worker holds the key of one treasury. */
const onlyTreasury =
  (own: OpenedTreasury): OpenTreasury =>
  async (treasury) =>
    isSameAddress(treasury.address, own.ports.signer.address) ? own : noTreasury(treasury)

/** A batch takes one place for each of its requests, as providers count them; so it is small where places are few. */
const batchOf = (cap: number): number => Math.max(1, Math.floor(cap / 100))

function endpoints(rpcUrls: readonly string[], limiter: Limiter | null, cap = 0) {
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
async function signersFor({ seed, keystores, passwordFile }: WalletKeys): Promise<Signers> {
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

import { createClient, custom, defineChain } from 'viem'
import { type Address, BASE_CHAIN_ID } from '../../domain/addresses.ts'
import { createRedactor } from '../../domain/redact.ts'
import { secretsOf } from '../../domain/url-secrets.ts'
import type { Clock } from '../../ports/clock.ts'
import type { BlockWait } from './block-wait.ts'
import { type Capabilities, createCapabilities, type EndpointNotes } from './capabilities.ts'
import { type Endpoint, urlOf } from './endpoint.ts'
import type { Fetch } from './guarded-fetch.ts'
import { createLink, type Link } from './link.ts'
import { createPool, type Pool } from './pool.ts'
import type { RawHead } from './raw-head.ts'
import { type ReadClient, withActions } from './read-client.ts'
import type { Simulator } from './simulation.ts'
import { createUintReader, type ReadUints } from './uints.ts'

/**
 * The parts of Base's chain definition that the reads need. viem's own is in one module with 600 other chains, which
 * takes a second to load.
 */
const base = defineChain({
  id: BASE_CHAIN_ID,
  name: 'Base',
  nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
  rpcUrls: { default: { http: [] } },
})

/** Many times longer than a good endpoint needs. */
const HEDGE_MS = 1_000

/** For reads: uses the first endpoint that answers. */
export interface Reader {
  client: ReadClient
  uints: ReadUints
  /** For reads at a block that a replica may not have yet. */
  atBlock: BlockWait
  simulator: Simulator
  /** The staking implementation that is accepted in addition to the one of record. */
  accepted: Address | undefined
}

export interface Clients {
  reader: Pick<Reader, 'client' | 'uints'>
  /** For writes, which choose their own endpoint. */
  pool: Pool
  /** What the endpoints have shown about themselves, by origin. */
  capabilities(): Capabilities
}

export interface ClientOptions {
  rpcUrls: readonly Endpoint[]
  /** Milliseconds for one HTTP exchange. */
  timeoutMs: number
  clock: Pick<Clock, 'now'>
  /** Notes of earlier processes about endpoints, and their store. Default: none. */
  notes?: EndpointNotes | undefined
  /** Sends the requests. Default: the global `fetch`. */
  fetch?: Fetch | undefined
  /** Milliseconds without an answer until the next endpoint is asked as well. Default 1,000. */
  hedgeMs?: number
  /** Called for each newest block that an endpoint shows. */
  seen?(head: RawHead): void
}

/**
 * viem's reads over real endpoints: see `createPool` and `createLink`. Only a batch that is too large is retried here,
 * in smaller ones. All other retries are the machine's, visible and bounded.
 */
export function createClients({
  rpcUrls,
  timeoutMs,
  clock,
  notes,
  fetch,
  hedgeMs = HEDGE_MS,
  seen = () => {},
}: ClientOptions): Clients {
  const capabilities = createCapabilities(notes)
  const redactor = createRedactor()
  for (const secret of rpcUrls.flatMap((endpoint) => secretsOf(urlOf(endpoint)))) redactor.add(secret)
  const links: Link[] = rpcUrls.map((endpoint) =>
    createLink(endpoint, { timeoutMs, capabilities, scrub: redactor.scrub, clock, fetch, seen }),
  )
  const pool = createPool(links, { clock, hedgeMs })
  const transport = custom({ request: pool.request }, { retryCount: 0 })
  const client = withActions(createClient({ chain: base, transport, cacheTime: 0 }))
  return { reader: { client, uints: createUintReader(client) }, pool, capabilities: capabilities.all }
}

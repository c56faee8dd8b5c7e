import { createPublicClient, defineChain, fallback, http, type PublicClient } from 'viem'
import { BASE_CHAIN_ID } from '../../domain/addresses.ts'
import type { Endpoint } from './endpoint.ts'
import { guardedFetch } from './guarded-fetch.ts'
import { createUintReader, type ReadUints } from './uints.ts'

/** As much of Base as the reads need. viem's own is in one module with 600 other chains, which takes a second to load. */
const base = defineChain({
  id: BASE_CHAIN_ID,
  name: 'Base',
  nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
  rpcUrls: { default: { http: [] } },
})

/** Reads: the first endpoint that answers. */
export interface Reader {
  client: PublicClient
  uints: ReadUints
}

export interface Clients {
  reader: Reader
  /** One per endpoint, in order of preference: a write asks them one by one. */
  writers: readonly PublicClient[]
}

/**
 * viem clients for `rpcUrls`. Requests of one tick go out as one JSON-RPC batch. Nothing is retried here: the machine
 * backs off, visibly and bounded.
 *
 * @param timeoutMs - milliseconds for one HTTP exchange.
 */
export function createClients({ rpcUrls, timeoutMs }: { rpcUrls: readonly Endpoint[]; timeoutMs: number }): Clients {
  const options = { retryCount: 0, timeout: timeoutMs }
  const transports = rpcUrls.map((endpoint) =>
    typeof endpoint === 'string'
      ? http(endpoint, { ...options, batch: true, fetchFn: guardedFetch })
      : http(endpoint.url, { ...options, batch: { batchSize: endpoint.batchSize }, fetchFn: endpoint.fetch }),
  )
  const writing = rpcUrls.map((endpoint, index) =>
    // A transaction goes out alone, since it has an idempotency key of its own.
    typeof endpoint === 'string' ? transports[index] : http(endpoint.url, { ...options, fetchFn: endpoint.fetch }),
  )
  const [first] = transports
  const reading = transports.length === 1 && first ? first : fallback(transports, { retryCount: 0 })
  const client = (transport: typeof reading): PublicClient =>
    createPublicClient({ chain: base, transport, cacheTime: 0 })
  const reader = client(reading)
  return {
    reader: { client: reader, uints: createUintReader(reader) },
    writers: writing.flatMap((transport) => (transport ? [client(transport)] : [])),
  }
}

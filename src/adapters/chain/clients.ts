import { createPublicClient, fallback, http, type PublicClient } from 'viem'
import { base } from 'viem/chains'

export interface Clients {
  /** Reads: the first endpoint that answers. */
  reader: PublicClient
  /** One per endpoint, in order of preference: a write asks them one by one. */
  writers: readonly PublicClient[]
}

/**
 * viem clients for `rpcUrls`. Requests of one tick go out as one JSON-RPC batch. Nothing is retried here: the machine
 * backs off, visibly and bounded.
 *
 * @param timeoutMs - milliseconds for one HTTP exchange.
 */
export function createClients({ rpcUrls, timeoutMs }: { rpcUrls: readonly string[]; timeoutMs: number }): Clients {
  const transports = rpcUrls.map((url) => http(url, { batch: true, retryCount: 0, timeout: timeoutMs }))
  const [first] = transports
  const reading = transports.length === 1 && first ? first : fallback(transports, { retryCount: 0 })
  const client = (transport: typeof reading): PublicClient =>
    createPublicClient({ chain: base, transport, cacheTime: 0 }) as PublicClient
  return { reader: client(reading), writers: transports.map(client) }
}

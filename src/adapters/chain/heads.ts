import type { WebSocket } from 'ws'
import { z } from 'zod'

/** Milliseconds for the connection to be made. */
const HANDSHAKE_MS = 10_000
/** Bytes. A head is under 3 KiB. */
const MAX_MESSAGE_BYTES = 65_536
/** @see https://geth.ethereum.org/docs/interacting-with-geth/rpc/pubsub#newheads (checked 2026-11-23) */
const SUBSCRIBE = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_subscribe', params: ['newHeads'] })

/** That there is a block is all that is believed: what it holds is asked for. */
const announcementSchema = z.object({ method: z.literal('eth_subscription') })

/** Blocks as one endpoint announces them. */
export interface Heads {
  /**
   * Calls `onHead` for each block until what is returned is called. The first follower opens the connection, and the last
   * one closes it. Never throws: where there is no connection, nothing is announced, and the next first follower tries again.
   */
  follow(onHead: () => void): () => void
}

/** @param url - ws: or wss:, where `eth_subscribe` is served. */
export function createHeads(url: string): Heads {
  const followers = new Set<() => void>()
  let connection: AbortController | null = null

  function hear(message: string): void {
    if (!announcementSchema.safeParse(parse(message)).success) return
    for (const follower of followers) follower()
  }

  return {
    follow(onHead) {
      followers.add(onHead)
      if (connection === null) {
        connection = new AbortController()
        // What fails is told by silence, such as a URL that no socket takes.
        connect(url, hear, connection.signal).catch(() => {})
      }
      return () => {
        followers.delete(onHead)
        if (followers.size > 0) return
        connection?.abort()
        connection = null
      }
    },
  }
}

/** A socket that subscribes once it is open, until `signal` aborts. Its package is loaded where it is used. */
async function connect(url: string, onMessage: (text: string) => void, signal: AbortSignal): Promise<void> {
  const { WebSocket } = await import('ws')
  if (signal.aborted) return
  const socket: WebSocket = new WebSocket(url, {
    handshakeTimeout: HANDSHAKE_MS,
    maxPayload: MAX_MESSAGE_BYTES,
    perMessageDeflate: false,
  })
  socket.on('error', () => {})
  socket.on('open', () => socket.send(SUBSCRIBE))
  socket.on('message', (data) => onMessage(data.toString()))
  signal.addEventListener('abort', () => socket.terminate(), { once: true })
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

import type { WebSocket } from 'ws'
import { having, matching, oneOf, optional, text } from '../../domain/shape.ts'
import { networkFault } from '../network-error.ts'
import type { RawHead } from './raw-head.ts'

/** Milliseconds to make the connection. */
const HANDSHAKE_MS = 10_000
/** Bytes. A head is under 3 KiB. */
const MAX_MESSAGE_BYTES = 65_536
/** @see https://geth.ethereum.org/docs/interacting-with-geth/rpc/pubsub#newheads (checked 2026-11-23) */
const SUBSCRIBE = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_subscribe', params: ['newHeads'] })

/** The number of announcements that a new one is compared with, to find repeats. */
const REMEMBERED = 64
/** The least milliseconds between announcements, if the pace of the chain is unknown. */
const LEAST_MS = 100

/** Only the existence and the identity of the block are trusted. Its content is requested. */
const isAnnouncement = having({ method: oneOf('eth_subscription') })
const quantity = matching(/^0x[0-9a-f]{1,16}$/i)
const isWithHead = having({
  params: having({
    result: having({ hash: optional(text), number: optional(quantity), timestamp: optional(quantity) }),
  }),
})

interface AnnouncedHead {
  hash?: string
  number?: string
  timestamp?: string
  timestampMs?: unknown
}

/** The subscription was refused. */
const isRefusal = having({ id: oneOf(1), error: having({}) })

/** Blocks that one endpoint announces. */
export interface Heads {
  /**
   * Calls `onHead` for each block until the returned function is called. The first follower opens the connection, and
   * the last one closes it. Never throws: without a connection nothing is announced, and the next first follower tries
   * again.
   */
  follow(onHead: () => void): () => void
  /** Why nothing is announced, as a clause; null if blocks are announced, or the reason is unknown. */
  fault(): string | null
}

export interface HeadsOptions {
  /** The least milliseconds between two announcements. */
  leastMs?(): number
  /** Called for each block that is announced with its number and time. */
  seen?(head: RawHead): void
}

/**
 * Announces each block once, and not faster than the chain makes blocks, even if an endpoint sends more: each
 * announcement may cost a request.
 *
 * @param url - ws: or wss:, where `eth_subscribe` is served.
 */
export function createHeads(url: string, { leastMs = () => LEAST_MS, seen }: HeadsOptions = {}): Heads {
  const followers = new Set<() => void>()
  const known = new Set<string>()
  let connection: AbortController | null = null
  let last = Number.NEGATIVE_INFINITY
  let due: NodeJS.Timeout | null = null
  let fault: string | null = null

  function hear(message: string): void {
    const said = parse(message)
    if (!isAnnouncement(said)) {
      if (isRefusal(said)) fault = 'it takes no subscription'
      return
    }
    fault = null
    const head = isWithHead(said) ? (said as { params: { result: AnnouncedHead } }).params.result : undefined
    const name = head?.hash ?? head?.number
    if (name !== undefined) {
      if (known.has(name)) return
      known.add(name)
      for (const oldest of known) if (known.size > REMEMBERED) known.delete(oldest)
    }
    const { number, timestamp } = head ?? {}
    if (number !== undefined && timestamp !== undefined) seen?.({ number, timestamp, timestampMs: head?.timestampMs })
    if (due !== null) return
    const waitMs = last + leastMs() - performance.now()
    if (waitMs <= 0) announce()
    else due = setTimeout(announce, waitMs)
  }

  function announce(): void {
    due = null
    last = performance.now()
    for (const follower of followers) follower()
  }

  return {
    follow(onHead) {
      followers.add(onHead)
      if (connection === null) {
        connection = new AbortController()
        const onError = (error: Error) => {
          fault ??= faultOf(error)
        }
        connect(url, { onMessage: hear, onError, signal: connection.signal }).catch(onError)
      }
      return () => {
        followers.delete(onHead)
        if (followers.size > 0) return
        connection?.abort()
        connection = null
        if (due !== null) clearTimeout(due)
        due = null
      }
    },
    fault: () => fault,
  }
}

/** In our own words, because the server's text may hold anything. */
function faultOf(error: Error): string {
  const status = /^Unexpected server response: (\d{3})$/.exec(error.message)?.[1]
  if (status !== undefined) return `it answers HTTP ${status}`
  const { fault, code } = networkFault(error)
  if (fault === 'unknown-host') return 'its host does not exist'
  return fault === 'tls' ? `no secure connection could be made: ${code}` : 'no connection could be made'
}

interface Connecting {
  onMessage: (text: string) => void
  onError: (error: Error) => void
  signal: AbortSignal
}

/** A socket that subscribes when it is open, until `signal` aborts. Its package is loaded only here. */
async function connect(url: string, { onMessage, onError, signal }: Connecting): Promise<void> {
  const { WebSocket } = await import('ws')
  if (signal.aborted) return
  const socket: WebSocket = new WebSocket(url, {
    handshakeTimeout: HANDSHAKE_MS,
    maxPayload: MAX_MESSAGE_BYTES,
    perMessageDeflate: false,
  })
  socket.on('error', onError)
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

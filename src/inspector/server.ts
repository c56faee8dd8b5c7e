import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Feed } from './feed.ts'
import { refusalOf } from './guard.ts'
import { type PageHtml, pageHtml } from './html.ts'
import type { InspectorServer } from './inspector-server.ts'
import type { SketchedMachine } from './layout/sketch.ts'
import { stream } from './stream.ts'

/** More than anybody needs, and few enough that a page which opens streams in a loop gets nowhere. */
export const MAX_VIEWERS = 16
/** Connections that have not shown the token. The oldest gives its place to one more, so that they shut nobody out. */
export const MAX_STRANGERS = 48
/** A viewer that does not take the last frame in this time is cut off. */
const CLOSE_MS = 1_000

const HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
}

/** What a page shows, as it is streamed to each viewer. */
export interface Streamed {
  /** @returns ends the stream. */
  stream(request: IncomingMessage, response: ServerResponse): () => void
  /** Nothing more will come. */
  end(): void
}

/** Serves a page of a run that shows `feed`; see `servePage`. */
export const serveInspector = (feed: Feed, chart: SketchedMachine): Promise<InspectorServer> =>
  servePage(pageHtml({ chart, saved: null }), {
    stream: (request, response) => stream(feed, request, response),
    end: () => feed.end(),
  })

/**
 * Serves a page that shows what is streamed, read-only, on 127.0.0.1 at a free port. Every request must bring the token of
 * the URL; any other gets an empty 404.
 *
 * Side effects: a loopback server, which alone keeps no process alive.
 */
export async function servePage({ html, policy }: PageHtml, shown: Streamed): Promise<InspectorServer> {
  const token = randomBytes(16).toString('base64url')
  const viewers = new Set<() => void>()
  const strangers = new Set<Socket>()
  const nothing = (response: ServerResponse, status: number) =>
    response.writeHead(status, { 'content-length': 0 }).end()

  const server = createServer((request, response) => {
    for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value)
    response.on('error', () => response.destroy())
    if (refusalOf(request, { port, token }) !== null) {
      response.setHeader('connection', 'close')
      return nothing(response, 404)
    }
    strangers.delete(request.socket)
    switch (request.url?.split('?')[0]) {
      case '/':
        response.setHeader('content-security-policy', policy)
        response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' })
        response.end(request.method === 'HEAD' ? '' : html)
        return
      case '/events': {
        if (request.method === 'HEAD') return nothing(response, 404)
        if (viewers.size >= MAX_VIEWERS) return nothing(response, 503)
        const stop = shown.stream(request, response)
        viewers.add(stop)
        response.on('close', () => viewers.delete(stop))
        return
      }
      default:
        nothing(response, 404)
    }
  })
  server.headersTimeout = 10_000
  server.on('connection', (socket) => {
    strangers.add(socket)
    socket.on('close', () => strangers.delete(socket))
    const [oldest] = strangers
    if (strangers.size > MAX_STRANGERS) oldest?.destroy()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.unref()

  return {
    url: `http://127.0.0.1:${port}/?token=${token}`,
    async close() {
      if (!server.listening) return
      const closed = once(server, 'close')
      shown.end()
      for (const stop of viewers) stop()
      server.close()
      server.closeIdleConnections()
      const timer = setTimeout(() => server.closeAllConnections(), CLOSE_MS)
      await closed
      clearTimeout(timer)
    },
  }
}

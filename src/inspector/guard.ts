import { timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

/** Why a request gets nothing; null when it may be answered. The reason is for tests and never sent. */
export type Refusal = 'method' | 'host' | 'origin' | 'token' | null

/**
 * Decides on a request before anything else is looked at. Another site that the viewer has open can reach a loopback port,
 * also under a name of its own that it lets point at 127.0.0.1; it cannot know the token, nor choose `Host` or `Origin`.
 */
export function refusalOf(request: IncomingMessage, { port, token }: { port: number; token: string }): Refusal {
  const { method, headers, url = '' } = request
  if (method !== 'GET' && method !== 'HEAD') return 'method'
  const hosts = [`127.0.0.1:${port}`, `localhost:${port}`]
  if (headers.host === undefined || !hosts.includes(headers.host)) return 'host'
  if (headers.origin !== undefined && headers.origin !== `http://${headers.host}`) return 'origin'
  const site = headers['sec-fetch-site']
  // `none`: typed, or opened from a terminal.
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return 'origin'
  return isSame(tokenIn(url), token) ? null : 'token'
}

/** The one place a path is taken apart: a query that is repeated or malformed counts as none. */
const tokenIn = (url: string): string => /^[^?#]*\?token=([\w-]{1,64})$/.exec(url)?.[1] ?? ''

/** In time that does not tell where they differ. */
function isSame(given: string, token: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(token)]
  return a.length === b.length && timingSafeEqual(a, b)
}

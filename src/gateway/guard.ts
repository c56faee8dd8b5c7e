import { timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import { type Access, accessOf, hasPath } from './routes.ts'

/** Who may call, and where. */
export interface Door {
  port: number
  token: string
  /** Only callers of this machine are meant. */
  isLoopback: boolean
}

/** A request that is let in, and what of Venice it is for. */
export interface Admitted {
  method: string
  /** After the API URL, with a leading slash. */
  path: string
  /** With its `?`, or empty. */
  query: string
  access: Access
}

/** Why a request gets nothing, as OpenAI would say it. */
export interface Refused {
  status: 400 | 401 | 403 | 404 | 405
  code: string
  message: string
}

/** `/v1/chat/completions`, or with Venice's own prefix. No dots, no escapes, no empty parts: nothing to be resolved. */
const TARGET = /^(?:\/api)?\/v1((?:\/[a-z0-9_-]{1,64}){1,4})(\?[\w=&.,-]{0,256})?$/

/**
 * Decides on a request before its body is read. A page that the user has open can reach a loopback port, also under a name
 * that it lets point at 127.0.0.1; it can neither know the token nor choose `Host` or `Origin`.
 */
export function admit(
  { method = '', url = '', headers, rawHeaders }: Pick<IncomingMessage, 'method' | 'url' | 'headers' | 'rawHeaders'>,
  door: Door,
): Admitted | Refused {
  if (headers.host === undefined || !isOwnHost(headers.host, door) || !isOneHost(rawHeaders))
    return refuse(403, 'host_refused', HOST)
  const site = headers['sec-fetch-site']
  if (headers.origin !== undefined || (site !== undefined && site !== 'none' && site !== 'same-origin'))
    return refuse(403, 'origin_refused', 'Pages of a browser cannot use this endpoint.')
  if (!isSame(bearerIn(headers.authorization), door.token)) return refuse(401, 'invalid_api_key', TOKEN)
  const [, path = '', query = ''] = TARGET.exec(url) ?? []
  const access = accessOf(method, path)
  if (access !== undefined) return { method, path, query, access }
  return hasPath(path)
    ? refuse(405, 'method_not_allowed', `The method ${method.slice(0, 10)} is not served here.`)
    : refuse(404, 'unknown_url', 'This path is not one of Venice’s inference API.')
}

const HOST = 'The Host header names another host than this endpoint.'
const TOKEN =
  'The API key is not the token of this endpoint. It is in the token file that the gateway named when it started.'

const refuse = (status: Refused['status'], code: string, message: string): Refused => ({ status, code, message })

/** By a name of this machine, or by a number: a page of the web has a name of its own. */
function isOwnHost(host: string, { port, isLoopback }: Door): boolean {
  const [, name = '', given = '80'] = /^(\[[0-9a-f:.]{2,45}\]|[\w.-]{1,253})(?::(\d{1,5}))?$/i.exec(host) ?? []
  if (Number(given) !== port) return false
  const bare = name.replace(/^\[|\]$/g, '')
  if (/^(?:localhost|127\.0\.0\.1|::1)$/i.test(bare)) return true
  return !isLoopback && isIP(bare) !== 0
}

/** Node keeps the first of several, and whatever stands before us may have gone by another. */
const isOneHost = (rawHeaders: readonly string[]): boolean =>
  rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === 'host').length === 1

const bearerIn = (header = ''): string => /^Bearer ([\w-]{1,200})$/i.exec(header)?.[1] ?? ''

/** In time that does not tell where they differ. */
function isSame(given: string, token: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(token)]
  return a.length === b.length && timingSafeEqual(a, b)
}

import { once } from 'node:events'
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as after, setImmediate as immediately } from 'node:timers/promises'
import { z } from 'zod'
import { type Reply, schemaError, standardError } from './envelopes.ts'

/** One request, read in full. */
export interface Call {
  /** The documented route, e.g. `GET /api_keys/{id}`. */
  route: string
  /** The path called, without the `/api/v1` prefix. */
  path: string
  params: Readonly<Record<string, string>>
  query: URLSearchParams
  headers: IncomingHttpHeaders
  ip: string
  /** The body, unchanged. */
  text: string
}

/** Keyed by method and path, e.g. `GET /api_keys/{id}`. A literal segment wins over a parameter. */
export type Routes = Readonly<Record<string, Match['handle']>>

/** @see https://docs.venice.ai/api-reference/error-codes: JSON bodies over 35 MB are refused (checked 2026-11-22) */
const MAX_BODY_BYTES = 35 * 1024 * 1024

export interface Match {
  route: string
  params: Record<string, string>
  handle: (call: Call) => Reply | Promise<Reply>
}

/** Finds the route of a request, or undefined. No side effects. */
export function createRouter(routes: Routes): (method: string, path: string) => Match | undefined {
  const compiled = Object.entries(routes)
    .map(([route, handle]) => {
      const [method, pattern = ''] = route.split(' ')
      return { route, handle, method, segments: pattern.split('/') }
    })
    .sort((a, b) => parameterCount(a.route) - parameterCount(b.route))
  return (method, path) => {
    const given = path.split('/')
    for (const { route, handle, method: expected, segments } of compiled) {
      if (expected !== method || segments.length !== given.length) continue
      const params: Record<string, string> = {}
      const matches = segments.every((segment, i) => {
        const value = given[i] ?? ''
        if (!segment.startsWith('{')) return segment === value
        params[segment.slice(1, -1)] = value
        return value !== ''
      })
      if (matches) return { route, params, handle }
    }
    return undefined
  }
}

const parameterCount = (route: string): number => route.split('{').length - 1

/**
 * Reads a request body to its end.
 *
 * @throws {Refusal} 413, after the whole body was received and dropped.
 */
export async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes <= MAX_BODY_BYTES) chunks.push(chunk)
  }
  if (bytes <= MAX_BODY_BYTES) return Buffer.concat(chunks).toString('utf8')
  const error = 'Request body exceeds the maximum allowed size.'
  throw standardError(413, error, { code: 'PAYLOAD_TOO_LARGE', metered: false })
}

/**
 * The JSON body of a call, checked.
 *
 * @throws {Refusal} 400: wrong content type, not JSON, or `DetailedError` if it does not match the schema.
 */
export function jsonBody<T>(call: Call, schema: z.ZodType<T>): T {
  if (!/^application\/json\b/i.test(call.headers['content-type'] ?? '')) {
    throw standardError(400, "'Content-Type' must be 'application/json'", { metered: false })
  }
  let value: unknown
  try {
    value = JSON.parse(call.text)
  } catch {
    throw standardError(400, 'Invalid JSON request', { metered: false })
  }
  return checked(value, schema)
}

/** The value, if it matches the schema. @throws {Refusal} 400 `DetailedError`. */
export function checked<T>(value: unknown, schema: z.ZodType<T>): T {
  const result = schema.safeParse(value)
  if (!result.success) throw schemaError(z.formatError(result.error), result.error.issues)
  return result.data
}

/**
 * Sends a reply; with `truncateAt`, only its first bytes, and then resets the connection.
 *
 * @param pauseMs - milliseconds between two chunks of a stream.
 */
export async function send(
  response: ServerResponse,
  reply: Reply,
  { truncateAt, pauseMs = 0 }: { truncateAt?: number; pauseMs?: number } = {},
): Promise<void> {
  try {
    if (reply.chunks !== undefined && truncateAt === undefined) return await sendStream(response, reply, pauseMs)
    const body = reply.chunks === undefined ? bytesOf(reply.body) : Buffer.from(reply.chunks.join(''))
    response.writeHead(reply.status, {
      'content-type': typeof reply.body === 'string' ? 'text/plain; charset=utf-8' : 'application/json; charset=utf-8',
      'content-length': String(body.length),
      ...lowerCased(reply.headers ?? {}),
    })
    if (truncateAt === undefined) {
      response.end(body)
      return
    }
    response.write(body.subarray(0, truncateAt), () => response.socket?.resetAndDestroy())
    await once(response, 'close')
  } finally {
    reply.onEnd?.()
  }
}

const bytesOf = (body: unknown): Buffer => {
  if (body instanceof Uint8Array) return Buffer.from(body)
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body ?? null))
}

/** Stops when the client disconnects. */
async function sendStream(response: ServerResponse, { status, headers, chunks = [] }: Reply, pauseMs: number) {
  response.writeHead(status, lowerCased(headers ?? {}))
  response.flushHeaders()
  for (const chunk of chunks) {
    if (response.destroyed) return
    if (!response.write(chunk)) await Promise.race([once(response, 'drain'), once(response, 'close')])
    await (pauseMs > 0 ? after(pauseMs) : immediately())
  }
  response.end()
}

const lowerCased = (headers: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))

/** The first of these request headers that was sent. */
export function headerOf(call: Pick<Call, 'headers'>, ...names: string[]): string | undefined {
  for (const name of names) {
    const value = call.headers[name.toLowerCase()]
    if (typeof value === 'string' && value !== '') return value
  }
  return undefined
}

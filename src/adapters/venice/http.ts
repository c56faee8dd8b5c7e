import { withoutEndSlashes } from '../../domain/endpoint-url.ts'
import {
  AnswerTooLargeError,
  ExchangeTimedOutError,
  RedirectRefusedError,
  UnsendableRequestError,
  VeniceError,
} from '../../errors/venice/all.ts'
import type { Clock } from '../../ports/clock.ts'
import { timed } from '../timing.ts'
import type { ServerClock } from './server-clock.ts'
import { transportError } from './transport-error.ts'

/** Milliseconds for a whole exchange, body included. During a mint, Venice calls Base, which takes seconds. */
const TIMEOUT_MS = 20_000

/** Bytes. The largest answer, `rate_limits` with all models, is under 100 KiB. */
const MAX_BODY_BYTES = 1_048_576

export interface HttpOptions {
  /** E.g. `https://api.venice.ai/api/v1`. */
  apiUrl: string
  clock: Pick<Clock, 'now'>
  /** Gets the time of every answer. */
  serverClock?: Pick<ServerClock, 'learn'> | undefined
  /** Milliseconds for a whole exchange. Default 20,000. */
  timeoutMs?: number | undefined
  fetch?: typeof globalThis.fetch | undefined
}

export interface HttpRequest {
  method: 'GET' | 'POST' | 'DELETE'
  /** After the API URL, with a leading slash. */
  path: string
  query?: Record<string, string>
  headers?: Record<string, string>
  /** Sent as JSON. */
  body?: unknown
  signal?: AbortSignal | undefined
}

export interface HttpReply {
  /** Method and URL without query or credentials, for errors. */
  request: string
  status: number
  headers: Headers
  text: string
  /** Local clock when the request was sent; milliseconds since the epoch. */
  sentAtMs: number
  /** Server's clock when it answered, by its `Date`; the local clock if there is none. */
  serverMs: number
}

export type Http = (request: HttpRequest) => Promise<HttpReply>

/**
 * One exchange over `fetch`. Every status is a reply. No redirects, since a request may carry a key; no retries, since
 * the machine does them with backoff.
 *
 * @throws {VeniceError} one of `errors/venice-transport`; `mayBeDone` says whether the server may have acted.
 * Rejects with the reason of `signal` when that aborts.
 */
export function createHttp({
  apiUrl,
  clock,
  serverClock,
  timeoutMs = TIMEOUT_MS,
  fetch = globalThis.fetch,
}: HttpOptions): Http {
  let wasReached = false
  return async (given) => {
    const timeout = AbortSignal.timeout(timeoutMs)
    const { sendable, request } = prepare(apiUrl, given, timeout)
    const sentAtMs = clock.now()
    const end = timed('Venice', `${given.method} ${given.path}`)
    try {
      const response = await fetch(sendable)
      wasReached = true
      const { status, headers } = response
      const toldMs = Date.parse(headers.get('date') ?? '')
      if (toldMs > 0) serverClock?.learn({ serverMs: toldMs, sentAtMs })
      if (status >= 300 && status <= 399) {
        await response.body?.cancel()
        throw new RedirectRefusedError({ request, status })
      }
      const text = await readText(response, request)
      end({ status })
      return { request, status, headers, text, sentAtMs, serverMs: toldMs || sentAtMs }
    } catch (error) {
      end({ outcome: 'failed' })
      if (error instanceof VeniceError) throw error
      given.signal?.throwIfAborted()
      if (timeout.aborted) throw new ExchangeTimedOutError({ request, reason: `${timeoutMs} ms had passed` })
      throw transportError(error, request, { wasReached })
    }
  }
}

/**
 * Makes the request without sending it. The error of `Request` is dropped, because it quotes header values and URLs.
 */
function prepare(apiUrl: string, { method, path, query, headers, body, signal }: HttpRequest, timeout: AbortSignal) {
  try {
    const url = new URL(withoutEndSlashes(apiUrl) + path)
    url.search = new URLSearchParams(query).toString()
    const sendable = new Request(url, {
      method,
      headers: {
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      redirect: 'manual',
      signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    return { sendable, request: `${method} ${url.origin}${url.pathname}` }
  } catch {
    throw new UnsendableRequestError({ request: `${method} ${path}` })
  }
}

async function readText(response: Response, request: string): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength
    if (bytes > MAX_BODY_BYTES) {
      throw new AnswerTooLargeError({
        request,
        status: response.status,
        reason: `it is larger than ${MAX_BODY_BYTES} bytes`,
      })
    }
    text += decoder.decode(chunk, { stream: true })
  }
  return text + decoder.decode()
}

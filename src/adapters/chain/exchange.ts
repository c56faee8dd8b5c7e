import { HttpRequestError, RpcRequestError, TimeoutError } from 'viem'
import { basicCredentials, originOf } from '../../domain/url-secrets.ts'
import { OnboardingError } from '../../errors/base.ts'
import {
  RpcAnswerUnreadableError,
  RpcHostNotFoundError,
  RpcPortRefusedError,
  RpcTlsFailedError,
  RpcUnreachableError,
} from '../../errors/chain/endpoints.ts'
import { networkFault } from '../network-error.ts'
import { timed } from '../timing.ts'
import type { Outcome, RpcCall } from './rpc-call.ts'
import { isLimit } from './rpc-errors.ts'

/**
 * HTTP statuses about the address, the access or the load, not about the batch. Any other status from 400 on may be
 * about the batch.
 */
const NOT_OF_SIZE: ReadonlySet<number> = new Set([401, 402, 404, 405, 407, 408, 410, 429, 502, 503, 504])
/**
 * Wordings of providers. @see https://github.com/hemilabs/hemi/pull/887, https://github.com/base/node/issues/234
 * (2026-11-30); the other is geth's, for answers that do not fit into the batch response.
 */
const OF_SIZE = /\bbatch|response too large/i
const LIMIT_NAMED =
  /(?:more than|limit(?:ed)?(?: is| of| to)?|max(?:imum)?(?: is| of| size)?|up to|exceeds?)\D{0,20}(\d{1,4})\b/i
const INVALID_REQUEST = -32_600
/** The most characters that are quoted of a body that is not JSON-RPC. */
const MAX_QUOTED = 500

export type Exchanged =
  | {
      kind: 'answered'
      outcomes: readonly Outcome[]
      /** Calls that were refused because there were too many. Send them again in smaller batches. */
      crowdedOut: readonly number[]
      /** When the endpoint answered, by its own clock, in milliseconds since the epoch. */
      dateMs: number | null
    }
  | {
      kind: 'refused'
      error: Error
      /** The batch may be too large for the endpoint; fewer calls may work. */
      mayBeOfSize: boolean
      /** The endpoint says that the batch is the problem. */
      isNamed: boolean
      /** The largest batch that the endpoint says it accepts. */
      named: number | null
    }

export interface ExchangeOptions {
  url: string
  fetch: (input: string | URL | Request, init?: RequestInit) => Promise<Response>
  timeoutMs: number
  signal: AbortSignal
  /** Removes secrets from the endpoint's text. */
  scrub: (text: string) => string
  /** The endpoint has answered this process before, so a fault of its name or certificate is temporary. */
  wasReached?: boolean
}

let lastId = 0

/**
 * Sends `calls` in one HTTP request: a single call bare, several as a batch. Nothing is retried. Never rejects.
 *
 * Errors are viem's, with only the origin of the URL, and without parameters, which may hold a signed transaction.
 */
export async function exchange(calls: readonly RpcCall[], options: ExchangeOptions): Promise<Exchanged> {
  const { url, fetch, timeoutMs, signal, scrub, wasReached = false } = options
  const requests = calls.map(({ method, params }) => {
    lastId += 1
    return { jsonrpc: '2.0', id: lastId, method, ...(params !== undefined && { params }) }
  })
  const [only] = requests
  const body = JSON.stringify(requests.length === 1 ? only : requests)
  const about = { body: { method: calls.map(({ method }) => method).join(', ') }, url: originOf(url) }
  const timeout = AbortSignal.timeout(timeoutMs)
  const end = timed('RPC', methodsOf(calls))
  try {
    const { address, headers } = splitUrl(url)
    const response = await fetch(address, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
      signal: AbortSignal.any([signal, timeout]),
    })
    const text = await response.text()
    end({ endpoint: about.url, status: response.status, calls: calls.length })
    return read({ requests, text, response, about, scrub })
  } catch (error) {
    end({ endpoint: about.url, outcome: 'failed', calls: calls.length })
    const refused = (cause: Error): Exchanged => ({
      kind: 'refused',
      error: cause,
      mayBeOfSize: false,
      isNamed: false,
      named: null,
    })
    if (error instanceof OnboardingError) return refused(error)
    if (timeout.aborted) return refused(new TimeoutError(about))
    const unreached = unreachedError(error, { origin: about.url, wasReached })
    if (unreached !== null) return refused(unreached)
    return refused(new HttpRequestError({ url: about.url, cause: new Error(scrub(innermost(error))) }))
  }
}

/** The error if nothing was sent to the endpoint; null if the request may have been sent. */
function unreachedError(
  error: unknown,
  { origin, wasReached }: { origin: string; wasReached: boolean },
): OnboardingError | null {
  const { fault, code } = networkFault(error)
  if (fault === 'bad-port') return new RpcPortRefusedError(origin)
  if (fault === 'unknown-host' && !wasReached) return new RpcHostNotFoundError(origin)
  if (fault === 'tls' && !wasReached) return new RpcTlsFailedError(origin, code)
  return fault === 'lost' ? null : new RpcUnreachableError(origin, code)
}

/** E.g. `eth_call ×2, eth_getCode`. */
function methodsOf(calls: readonly RpcCall[]): string {
  const counts = new Map<string, number>()
  for (const { method } of calls) counts.set(method, (counts.get(method) ?? 0) + 1)
  return [...counts].map(([method, count]) => (count === 1 ? method : `${method} ×${count}`)).join(', ')
}

interface Reading {
  requests: readonly { id: number; method: string }[]
  text: string
  response: Response
  about: { body: { method: string }; url: string }
  scrub: (text: string) => string
}

function read({ requests, text, response, about, scrub }: Reading): Exchanged {
  const { status, headers } = response
  const parsed = parse(text)
  const whole = wholeError(parsed, { isOk: response.ok, size: requests.length })
  const refused = (error: Error, said: string): Exchanged => ({
    kind: 'refused',
    error,
    mayBeOfSize: requests.length > 1 && (OF_SIZE.test(said) || (!NOT_OF_SIZE.has(status) && !isLimit(error))),
    isNamed: requests.length > 1 && OF_SIZE.test(said),
    named: namedLimit(said, requests.length),
  })
  const failure = (error: RpcFailure) =>
    new RpcRequestError({
      ...about,
      error: cleaned(error, scrub),
      ...(!response.ok && { status, headers }),
    })
  if (whole !== null) return refused(failure(whole), whole.message)
  if (!response.ok) {
    const said = wordsOf(parsed) ?? (isWebPage(text) ? '' : text)
    const details = scrub(said).slice(0, MAX_QUOTED) || response.statusText
    return refused(new HttpRequestError({ details, headers, status, url: about.url }), said)
  }
  const answers = Array.isArray(parsed) ? parsed : [parsed]
  const outcomes = requests.map(({ id }): Outcome => {
    const answer = requests.length === 1 ? answers[0] : answers.find((one) => isObject(one) && one.id === id)
    if (isObject(answer) && (answer.id === id || (requests.length === 1 && answer.id == null))) {
      if (isFailure(answer.error)) return { error: failure(answer.error) }
      if ('result' in answer) return { result: answer.result }
    }
    return { error: new RpcAnswerUnreadableError('it answers another request, or has neither a result nor an error') }
  })
  return { kind: 'answered', outcomes, crowdedOut: crowdedOut(outcomes), dateMs: dateOf(headers) }
}

/** Calls that did not fit into a batch: all of them if the endpoint refuses the batch, or those after the first few. */
function crowdedOut(outcomes: readonly Outcome[]): number[] {
  if (outcomes.length === 1) return []
  const codes = outcomes.map((outcome) => ('error' in outcome ? outcome.error : null))
  const isInvalid = codes.every((error) => error instanceof RpcRequestError && error.code === INVALID_REQUEST)
  return codes.flatMap((error, index) =>
    isInvalid || (error instanceof RpcRequestError && OF_SIZE.test(error.details)) ? [index] : [],
  )
}

interface RpcFailure {
  code: number
  message: string
  data?: unknown
}

/**
 * One error in place of the answers, bare or as the only item of a list, as geth sends it. With an HTTP error, the
 * first error.
 */
function wholeError(parsed: unknown, { isOk, size }: { isOk: boolean; size: number }): RpcFailure | null {
  const items: unknown[] = Array.isArray(parsed) ? parsed : [parsed]
  const [failed] = items.flatMap((item) =>
    isObject(item) && isFailure(item.error) ? [{ ...item, error: item.error }] : [],
  )
  if (failed === undefined) return null
  if (!isOk) return failed.error
  return items.length === 1 && (size > 1 || !('id' in failed) || failed.id === null) ? failed.error : null
}

const isFailure = (error: unknown): error is RpcFailure =>
  isObject(error) && typeof error.code === 'number' && typeof error.message === 'string'

const cleaned = ({ code, message, data }: RpcFailure, scrub: (text: string) => string): RpcFailure => ({
  code,
  message: scrub(message),
  ...(data !== undefined && { data: typeof data === 'string' ? scrubUnlessHex(data, scrub) : data }),
})

/** Revert data is long hex, which the redactor would take for a signature. */
const scrubUnlessHex = (text: string, scrub: (text: string) => string): string =>
  /^0x[0-9a-f]*$/i.test(text) ? text : scrub(text)

/** The text of a gateway that does not answer in JSON-RPC. */
function wordsOf(parsed: unknown): string | null {
  if (!isObject(parsed)) return typeof parsed === 'string' ? parsed : null
  const { error, message } = parsed
  const words = isObject(error) ? error.message : (error ?? message)
  return typeof words === 'string' ? words : JSON.stringify(error ?? parsed)
}

function namedLimit(said: string, size: number): number | null {
  const named = Number(LIMIT_NAMED.exec(said)?.[1])
  return named >= 1 && named < size ? named : null
}

function dateOf(headers: Headers): number | null {
  const ms = Date.parse(headers.get('date') ?? '')
  return Number.isNaN(ms) ? null : ms
}

/** `fetch` refuses a URL with a user name, and quotes the whole URL in its error. */
function splitUrl(url: string): { address: string; headers: Record<string, string> } {
  const parsed = new URL(url)
  if (parsed.username === '' && parsed.password === '') return { address: url, headers: {} }
  const headers = { authorization: `Basic ${basicCredentials(parsed)}` }
  parsed.username = ''
  parsed.password = ''
  return { address: parsed.href, headers }
}

const isWebPage = (text: string): boolean => /^\s*<(?:!doctype|html|head|body)\b/i.test(text)

function innermost(error: unknown): string {
  let current = error
  while (current instanceof Error && current.cause instanceof Error) current = current.cause
  return current instanceof Error ? current.message : String(current)
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

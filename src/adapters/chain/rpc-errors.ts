import {
  BaseError,
  BlockNotFoundError,
  ContractFunctionRevertedError,
  ExecutionRevertedError,
  HttpRequestError,
  RpcRequestError,
  TimeoutError,
} from 'viem'
import { excerpt } from '../../domain/redact.ts'
import { OnboardingError } from '../../errors/base.ts'
import {
  NodeBehindError,
  RpcAccessDeniedError,
  RpcError,
  RpcHostNotFoundError,
  RpcMethodMissingError,
  RpcRateLimitedError,
  RpcRefusedError,
  RpcTimedOutError,
  RpcTlsFailedError,
  RpcUnreachableError,
} from '../../errors/chain/endpoints.ts'

/** -32016 is Base's own, with HTTP 200 and 429; the others are those of providers. */
const RATE_LIMIT_CODES: readonly number[] = [-32016, -32005, -32007, 429]
const RATE_LIMIT_TEXT = /rate limit|too many requests/i
/** Texts of geth, reth, Erigon, Nethermind, Besu and gateways for a block, or its state, that they do not have yet. */
const BEHIND_TEXTS = [
  /header not found|unknown block|missing trie node|indexing is in progress|requested resource not found/i,
  /block (?:#?\w{1,66} )?(?:is |was )?(?:not found|not available|out of range)/i,
  /block ?(?:height|number) (?:\w{1,66} )?is (?:greater|higher|out of range)|invalid block height|future block/i,
  /state (?:\w{1,66} )?(?:is )?(?:not available|unavailable)|no state (?:found|available)/i,
  /(?:find|after last accepted) block|beyond (?:the )?current head/i,
  /not yet (?:available|synced|found)|still syncing|header for hash not found/i,
  /(?:after|beyond|ahead of|higher than|greater than) (?:the )?(?:last|latest|current|head)/i,
]
const BUSY_TEXT = /timed? ?out|try again|temporarily/i

/** Texts of gateways, with HTTP 200, for a missing or wrong key: those of Ankr and Alchemy, and similar ones. */
const DENIED_TEXT =
  /\bunauthori[sz]ed\b|must (?:be )?authenticated?\b|(?:invalid|missing|unknown|expired|disabled|no) api[- _]?key|api[- _]?key (?:is )?(?:invalid|missing|required|disabled|expired|not (?:valid|found|allowed|provided))/i

/** JSON-RPC codes that mean "not now". */
const TRANSIENT_CODES: ReadonlySet<number> = new Set([...RATE_LIMIT_CODES, -32603])

/** The node lacks the requested block or its state. */
export const isBehind = (error: unknown): boolean =>
  walk(error, (cause) => cause instanceof BlockNotFoundError || cause instanceof NodeBehindError) !== null ||
  isBehindText(nodeText(error))

/** Texts for a wrong number of parameters, with any code. */
const ARGUMENT_TEXT =
  /too many (?:arguments|params|parameters)|invalid (?:argument|params|parameters|number of)|unexpected (?:argument|param)/i

/** The node refuses the parameters, by number or by type. */
export const isArgumentRefusal = (error: unknown): boolean =>
  nodeCode(error) === -32602 || ARGUMENT_TEXT.test(nodeText(error))

/** The node, or its gateway, limits our request rate. */
export const isRateLimit = (error: unknown): boolean =>
  RATE_LIMIT_CODES.includes(nodeCode(error) ?? 0) || RATE_LIMIT_TEXT.test(nodeText(error))

/** No endpoint was reached. This says nothing about the call. */
export const isUnreached = (error: unknown): boolean =>
  [RpcUnreachableError, RpcHostNotFoundError, RpcTlsFailedError].some((of) => error instanceof of)

const isBehindText = (text: string): boolean => BEHIND_TEXTS.some((pattern) => pattern.test(text))

/** The endpoint wants another key, or any key. The text of a reverting contract does not count. */
export function isDenied(error: Error): boolean {
  const { status } = walk(error, isReply) ?? {}
  if (status === 401 || status === 403) return true
  const text = nodeText(error)
  return nodeCode(error) !== 3 && DENIED_TEXT.test(text) && !/revert/i.test(text)
}

const isTransientText = (text: string): boolean =>
  RATE_LIMIT_TEXT.test(text) || BUSY_TEXT.test(text) || isBehindText(text)

/** The longest wait that an endpoint may ask for: a day. An unlimited wait would exceed the range of dates. */
const MAX_WAIT_MS = 86_400_000

/** The endpoint limits requests. This says nothing about the call. */
export function isLimit(error: Error): boolean {
  const { status } = walk(error, isReply) ?? {}
  return status === 429 || RATE_LIMIT_CODES.includes(nodeCode(error) ?? 0) || RATE_LIMIT_TEXT.test(nodeText(error))
}

/** Statuses about a gateway or about access, which say nothing about a call. */
const BUSY_STATUSES: ReadonlySet<number> = new Set([401, 402, 403, 407, 408, 429, 502, 503, 504])

/** The endpoint could not answer now, or not to us. The failure says nothing about the methods that it serves. */
export function isBusy(error: Error): boolean {
  if (walk(error, (cause) => cause instanceof TimeoutError || cause instanceof OnboardingError)) return true
  const reply = walk(error, isReply)
  if (reply instanceof HttpRequestError && reply.status === undefined) return true
  const isKnown = BUSY_STATUSES.has(reply?.status ?? 0) || isDenied(error)
  return isKnown || isLimit(error) || isTransientText(nodeText(error))
}

/** The node's text without viem's report around it, which may quote a signed transaction from the request body. */
export function nodeText(error: unknown): string {
  const inner = innermost(error)
  const text =
    inner instanceof BaseError
      ? inner.details || inner.shortMessage
      : inner instanceof Error
        ? inner.message
        : String(inner)
  return excerpt(unquoted(text))
}

/**
 * viem quotes a gateway's text as JSON. It is decoded here, so that escaped control characters become visible to later
 * checks.
 */
function unquoted(text: string): string {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'string' ? value : text
  } catch {
    return text
  }
}

/** The JSON-RPC code of the node's answer, or null. */
export function nodeCode(error: unknown): number | null {
  const found = walk(
    error,
    (cause): cause is RpcRequestError => cause instanceof Error && 'code' in cause && typeof cause.code === 'number',
  )
  return found?.code ?? null
}

/** The reason, and the revert data if the node sent any. */
export interface Revert {
  reason: string
  data: string | null
}

/** The call itself reverted. */
export function revertOf(error: unknown): Revert | null {
  const reverted = walk(error, (cause) => cause instanceof ContractFunctionRevertedError)
  if (reverted) return { reason: excerpt(reverted.reason ?? reverted.shortMessage), data: reverted.raw ?? null }
  const execution = walk(error, (cause) => cause instanceof ExecutionRevertedError)
  const isRevert = execution !== null || nodeCode(error) === 3 || /revert/i.test(nodeText(error))
  if (!isRevert || TRANSIENT_CODES.has(nodeCode(error) ?? 0)) return null
  return { reason: nodeText(error), data: revertData(error) }
}

/**
 * The class for a failed read. Unknown texts count as transient only here: a read changes nothing, and every retry is
 * bounded. Writes are classified where they are sent.
 */
export function readError(error: unknown): OnboardingError {
  const own = walk(error, (cause) => cause instanceof OnboardingError)
  if (own) return own
  if (walk(error, (cause) => cause instanceof TimeoutError)) return new RpcTimedOutError()
  const text = nodeText(error)
  const reply = walk(error, isReply)
  const { status } = reply ?? {}
  const options = { retryAfterMs: retryAfterMs(reply) }
  if (status === 401 || status === 403) return new RpcAccessDeniedError(`HTTP ${status}: ${text}`)
  if (reply !== null && isDenied(reply)) return new RpcAccessDeniedError(text)
  if (reply instanceof HttpRequestError && (status === 400 || status === 404)) {
    return new RpcRefusedError(`HTTP ${status}: ${text}`)
  }
  const code = nodeCode(error)
  if (status === 429 || isRateLimit(error)) {
    return new RpcRateLimitedError(text, options)
  }
  if (isBehindText(text)) return new NodeBehindError(text, options)
  if (code === -32601 && !BUSY_TEXT.test(text)) return new RpcMethodMissingError(text)
  if (code === -32602 && !BUSY_TEXT.test(text)) return new RpcRefusedError(text)
  return new RpcError(text, options)
}

/** An HTTP answer, with or without an error of the node. */
const isReply = (cause: unknown): cause is HttpRequestError | RpcRequestError =>
  cause instanceof HttpRequestError || cause instanceof RpcRequestError

/** Whether a failed write may have reached the network: true for everything except a clear refusal. */
export function isTransient(error: unknown): boolean {
  if (walk(error, (cause) => cause instanceof HttpRequestError || cause instanceof TimeoutError)) return true
  const code = nodeCode(error)
  return code === null || TRANSIENT_CODES.has(code) || isTransientText(nodeText(error))
}

function retryAfterMs(error: HttpRequestError | RpcRequestError | null): number | undefined {
  const header = error?.headers?.get('retry-after')
  if (!header) return undefined
  const seconds = Number(header)
  const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(header) - Date.now()
  return ms > 0 ? Math.min(ms, MAX_WAIT_MS) : undefined
}

function revertData(error: unknown): string | null {
  const holder = walk(error, (cause): cause is Error & { data: unknown } => cause instanceof Error && 'data' in cause)
  return typeof holder?.data === 'string' ? holder.data : null
}

function innermost(error: unknown): unknown {
  let current = error
  while (current instanceof Error && current.cause instanceof Error) current = current.cause
  return current
}

function walk<Found extends Error>(error: unknown, is: (cause: unknown) => cause is Found): Found | null {
  for (let current = error; current instanceof Error; current = current.cause) if (is(current)) return current
  return null
}

import {
  BaseError,
  ContractFunctionRevertedError,
  ExecutionRevertedError,
  HttpRequestError,
  type RpcRequestError,
  TimeoutError,
} from 'viem'
import { excerpt } from '../../domain/redact.ts'
import { OnboardingError } from '../../errors/base.ts'
import { RpcError, RpcRefusedError } from '../../errors/chain.ts'

/** JSON-RPC codes that mean "not now". -32016 is Base's own rate limit, in HTTP 200 and 429 alike. */
const TRANSIENT_CODES: ReadonlySet<number> = new Set([-32016, -32005, -32007, -32603, 429])

/** A node that has not caught up, or is busy. */
const TRANSIENT_TEXT =
  /rate limit|too many requests|header not found|unknown block|block not found|indexing is in progress|timed? ?out|try again|temporarily/i

/** What the node said, without viem's report around it: no request body, which may hold a signed transaction. */
export function nodeText(error: unknown): string {
  const inner = innermost(error)
  const text =
    inner instanceof BaseError
      ? inner.details || inner.shortMessage
      : inner instanceof Error
        ? inner.message
        : String(inner)
  return excerpt(text)
}

/** JSON-RPC code the node answered with, or null. */
function nodeCode(error: unknown): number | null {
  const found = walk(
    error,
    (cause): cause is RpcRequestError => cause instanceof Error && 'code' in cause && typeof cause.code === 'number',
  )
  return found?.code ?? null
}

/** The call itself reverted: reason, and the revert data where the node sent any. */
export function revertOf(error: unknown): { reason: string; data: string | null } | null {
  const reverted = walk(error, (cause) => cause instanceof ContractFunctionRevertedError)
  if (reverted) return { reason: reverted.reason ?? reverted.shortMessage, data: reverted.raw ?? null }
  const execution = walk(error, (cause) => cause instanceof ExecutionRevertedError)
  const isRevert = execution !== null || nodeCode(error) === 3 || /revert/i.test(nodeText(error))
  if (!isRevert || TRANSIENT_CODES.has(nodeCode(error) ?? 0)) return null
  return { reason: nodeText(error), data: revertData(error) }
}

/**
 * The class for a failed read. Unknown texts count as transient here, and only here: a read changes nothing, and every
 * retry is bounded. Writes are classified where they are sent.
 */
export function readError(error: unknown): OnboardingError {
  if (error instanceof OnboardingError) return error
  const text = nodeText(error)
  const http = walk(error, (cause) => cause instanceof HttpRequestError)
  const status = http?.status
  if (status !== undefined && [400, 401, 403, 404].includes(status)) {
    return new RpcRefusedError(`HTTP ${status}: ${text}`)
  }
  const code = nodeCode(error)
  if ((code === -32601 || code === -32602) && !TRANSIENT_TEXT.test(text)) return new RpcRefusedError(text)
  return new RpcError(text, { retryAfterMs: retryAfterMs(http) })
}

/** Whether a write may have reached the network although it failed: everything but a readable refusal. */
export function isTransient(error: unknown): boolean {
  if (walk(error, (cause) => cause instanceof HttpRequestError || cause instanceof TimeoutError)) return true
  const code = nodeCode(error)
  return code === null || TRANSIENT_CODES.has(code) || TRANSIENT_TEXT.test(nodeText(error))
}

function retryAfterMs(error: HttpRequestError | null): number | undefined {
  const header = error?.headers?.get('retry-after')
  if (!header) return undefined
  const seconds = Number(header)
  const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(header) - Date.now()
  return Number.isFinite(ms) && ms > 0 ? ms : undefined
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

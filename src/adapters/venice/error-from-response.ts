import { excerpt } from '../../domain/redact.ts'
import {
  BrowserCheckError,
  type Exchange,
  InvalidRequestError,
  REPLY_ERRORS,
  UnrecognisedVeniceError,
  type VeniceError,
  type VeniceErrorClass,
} from '../../errors/venice/all.ts'
import { readErrorBody } from './error-body.ts'
import type { HttpReply } from './http.ts'
import { retryAfterMs } from './retry-after.ts'

/** The most UTF-16 units of a reply that are matched and shown. Venice's longest sentence has about 200. */
const MAX_WORDS = 4_096

export interface ReplyContext extends Pick<Exchange, 'address'> {
  /** Removes every secret of the exchange from a text. */
  scrub: (text: string) => string
  /** Classes of only this route, tried before all others. */
  also?: readonly VeniceErrorClass[]
}

/** The error for a reply other than 2xx. */
export function errorFromResponse(reply: HttpReply, { address, scrub, also = [] }: ReplyContext): VeniceError {
  const { request, status, text, headers, serverMs } = reply
  const { words: all, issues } = readErrorBody(text)
  const words = all.slice(0, MAX_WORDS)
  const Found =
    (headers.get('cf-mitigated') === 'challenge' ? BrowserCheckError : undefined) ??
    [...also, ...REPLY_ERRORS].find((candidate) => isFor(candidate, status, words)) ??
    (status === 400 && issues.length > 0 ? InvalidRequestError : UnrecognisedVeniceError)
  return new Found({
    request,
    status,
    address,
    said: excerpt(scrub(words)),
    facts: issues.map((issue) => excerpt(scrub(issue.slice(0, MAX_WORDS)))),
    retryAfterMs: retryAfterMs(headers, serverMs),
  })
}

function isFor(candidate: VeniceErrorClass, status: number, words: string): boolean {
  const sameStatus = candidate.status === '5xx' ? status >= 500 : [candidate.status].flat().includes(status)
  return sameStatus && (candidate.match?.test(words) ?? true)
}

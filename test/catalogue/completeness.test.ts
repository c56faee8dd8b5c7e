import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { errorClassesIn } from '../../scripts/error-classes.ts'
import { errorFromResponse } from '../../src/adapters/venice/error-from-response.ts'
import { FUNDING_CAUSES } from '../../src/domain/funding.ts'
import { REPLY_ERRORS } from '../../src/errors/venice/all.ts'
import * as chainRows from './chain-rows.ts'
import { ELSEWHERE } from './elsewhere.ts'
import { CAUSE_ROWS, PAYMENT_ROWS } from './payment-rows.ts'
import type { Row } from './rows.ts'
import * as veniceRows from './venice-rows.ts'
import { X402_ROWS } from './x402-rows.ts'

const root = dirname(dirname(import.meta.dirname))
const ROWS: readonly Row[] = [...Object.values(chainRows), ...Object.values(veniceRows), X402_ROWS].flatMap((rows) =>
  Array.isArray(rows) ? rows : [],
)
const codes = errorClassesIn(join(root, 'src/errors')).map(({ code }) => code)
const produced = new Set(ROWS.map(({ code }) => code))

describe('every error class', () => {
  test('is produced by a row of the catalogue or by a named test', () => {
    expect(codes.filter((code) => !produced.has(code) && !(code in ELSEWHERE))).toEqual([])
  })

  test.each(Object.entries(ELSEWHERE))('%s is produced by %s', (code, path) => {
    expect(codes).toContain(code)
    expect(existsSync(join(root, path))).toBe(true)
    expect(readFileSync(join(root, path), 'utf8')).toContain(`'${code}'`)
  })

  test('that has a row is in no other list', () => {
    expect(Object.keys(ELSEWHERE).filter((code) => produced.has(code))).toEqual([])
  })
})

/** Every text and code that Venice documents for the routes in use, and its class. */
const DOCUMENTED: readonly [status: number, words: string, code: string][] = [
  [400, 'Invalid wallet address', 'venice/invalid-address'],
  [400, 'JWT has expired', 'venice/token-expired'],
  [400, 'JWT signature is invalid', 'venice/token-signature-invalid'],
  [400, 'JWT claims are invalid', 'venice/token-claims-invalid'],
  [400, 'JWT is malformed', 'venice/token-malformed'],
  [400, 'Wallet signature does not match', 'venice/wallet-signature-mismatch'],
  [400, 'Could not verify wallet signature', 'venice/signature-not-verified'],
  [400, 'Wallet has no staked VVV on Base', 'venice/no-staked-vvv'],
  [400, 'Wallet 0xacfE6019Ed1A7Dc6f7B508C02d1b04ec88cC21bf has no staked VVV on Base', 'venice/no-staked-vvv'],
  [400, 'The challenge has expired', 'venice/challenge-expired'],
  [400, 'This challenge has already been used', 'venice/challenge-used'],
  [400, 'The challenge was issued for a different wallet address', 'venice/challenge-other-wallet'],
  [400, 'not a valid Venice API key authorization challenge', 'venice/challenge-not-valid'],
  [400, 'The challenge statement was modified', 'venice/challenge-statement-modified'],
  [400, 'The challenge domain must be "api.venice.ai"', 'venice/challenge-domain'],
  [400, 'Invalid request parameters', 'venice/invalid-request'],
  [401, 'Admin API key required', 'venice/admin-key-required'],
  [401, 'Authentication failed', 'venice/authentication-failed'],
  [401, 'AUTHENTICATION_FAILED_INACTIVE_KEY', 'venice/authentication-failed'],
  [401, 'X402_SIGN_IN_NONCE_REUSED', 'venice/sign-in-used'],
  [401, 'X402_SIGN_IN_EXPIRED', 'venice/sign-in-clock'],
  [401, 'X402_SIGN_IN_FUTURE_TIMESTAMP', 'venice/sign-in-clock'],
  [401, 'X402_SIGN_IN_INVALID_SIGNATURE', 'venice/sign-in-refused'],
  [401, 'X402_INVALID_SIGN_IN', 'venice/sign-in-refused'],
  [401, 'Invalid Sign-in-with-x signature', 'venice/sign-in-refused'],
  [402, 'Authentication required', 'venice/no-credential'],
  [402, 'PAYMENT_REQUIRED', 'venice/wallet-credit-too-low'],
  [402, 'Insufficient USD or Diem balance', 'venice/balance-insufficient'],
  [402, 'INSUFFICIENT_BALANCE', 'venice/balance-insufficient'],
  [402, 'API key USD spend limit exceeded', 'venice/key-usd-limit-reached'],
  [402, 'API_KEY_USD_SPEND_LIMIT_EXCEEDED', 'venice/key-usd-limit-reached'],
  [402, 'API key DIEM spend limit exceeded', 'venice/key-diem-limit-reached'],
  [402, 'API_KEY_DIEM_SPEND_LIMIT_EXCEEDED', 'venice/key-diem-limit-reached'],
  [403, 'UNAUTHORIZED', 'venice/forbidden'],
  [403, 'API_ACCESS_DISABLED', 'venice/api-access-disabled'],
  [404, 'Not Found', 'venice/not-found'],
  [410, 'Gone', 'venice/gone'],
  [413, 'PAYLOAD_TOO_LARGE', 'venice/payload-too-large'],
  [415, 'INVALID_CONTENT_TYPE', 'venice/content-type-refused'],
  [429, 'Rate limit exceeded', 'venice/rate-limited'],
  [429, 'RATE_LIMIT_EXCEEDED', 'venice/rate-limited'],
  [429, 'Too many failed attempts (> 50) resulting in a non-success status code.', 'venice/error-budget-spent'],
  [429, 'The model is currently overloaded', 'venice/overloaded'],
  [429, 'MODEL_OVERLOADED', 'venice/overloaded'],
  [500, 'UNKNOWN_ERROR', 'venice/unavailable'],
  [503, 'MODEL_AT_CAPACITY', 'venice/unavailable'],
  [504, 'REQUEST_TIMEOUT', 'venice/unavailable'],
]

/** The forms in which Venice wraps its error texts. */
const WRAPPED: readonly [form: string, wrap: (words: string) => string][] = [
  ['alone', (error) => JSON.stringify({ error })],
  ['in a sentence', (words) => JSON.stringify({ error: `Error: ${words}. Please try again.` })],
  ['as a message', (message) => JSON.stringify({ error: { message, type: 'error', param: null } })],
  ['beside a code', (message) => JSON.stringify({ error: 'SOME_CODE', message })],
  ['with an id', (error) => JSON.stringify({ error, request_id: 'r-1' })],
  ['as plain text', (words) => words],
  ['as a page', (words) => `<html><head><title>${words.replaceAll('<', '')}</title></head></html>`],
]

const classify = (status: number, text: string): string => {
  const reply = { request: 'POST /x', status, headers: new Headers(), text, sentAtMs: 0, serverMs: 0 }
  return errorFromResponse(reply, { scrub: (words) => words }).code
}

describe('every reason why a key cannot spend', () => {
  // Spent DIEM depends on the chain: see test/journeys/funding.test.ts.
  test('is produced by a row, except the one without a known cause', () => {
    const causes = new Set([...CAUSE_ROWS, ...PAYMENT_ROWS].map(({ lasts }) => lasts?.cause))
    expect(FUNDING_CAUSES.filter((cause) => !causes.has(cause))).toEqual(['diem-spent', 'unknown'])
  })

  test('is reported for each of Venice’s ways to refuse payment', () => {
    const refusals = REPLY_ERRORS.filter(({ status }) => status === 402).map((Class) => new Class().code)
    expect(refusals.filter((code) => !PAYMENT_ROWS.some((row) => row.code === code))).toEqual([])
  })
})

describe('every documented error text', () => {
  test.each(DOCUMENTED)('%i "%s" is %s, with any wrapping', (status, words, code) => {
    expect(WRAPPED.map(([form, wrap]) => `${form}: ${classify(status, wrap(words))}`)).toEqual(
      WRAPPED.map(([form]) => `${form}: ${code}`),
    )
  })

  test.each([200, 402, 403, 418, 451])('for 400 means nothing in a reply with status %i', (status) => {
    const mintTexts = DOCUMENTED.filter(([documented]) => documented === 400)
    const known = mintTexts.map(([, , code]) => code)
    expect(mintTexts.map(([, words]) => classify(status, words)).filter((code) => known.includes(code))).toEqual([])
  })

  test('that is unknown is unrecognised, and stops the run', () => {
    for (const status of [400, 402, 405, 406, 409, 418, 422, 423, 426, 451]) {
      for (const [, wrap] of WRAPPED) expect(classify(status, wrap('The moon is full'))).toBe('venice/unrecognised')
      expect(classify(status, '')).toBe('venice/unrecognised')
    }
  })
})

import type { FundingCause } from '../../src/domain/funding.ts'
import type { FaultEffect } from '../../src/sandbox/faults.ts'
import { CHALLENGE, MINT, RATE_LIMITS } from '../support/sandbox.ts'
import { type Lasting, type Row, type Scene, shortLimit, VENICE_LIMIT_MS } from './rows.ts'
import { QUOTED } from './wire.ts'

/** Posts with successive challenges: the first, and `LIMITS.refreshes` more. */
const REFRESHED = 6
/** The first try, and `LIMITS.retries` more. */
const RETRIED = 13
/** The first try, and `LIMITS.lagWaits` more. */
const LAGGED = 21
/** `LIMITS.mints`. */
const DOUBTED = 3

export const standard = (status: number, error: string, headers: Record<string, string> = {}): FaultEffect => ({
  kind: 'reply',
  status,
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify({ error: `${error} (${QUOTED})` }),
})
export const json = (status: number, body: object): FaultEffect => ({ kind: 'reply', status, body })
const page = (status: number): FaultEffect => ({
  kind: 'reply',
  status,
  headers: { 'content-type': 'text/html' },
  body: `<!doctype html><html><title>Sorry ${QUOTED}</title></html>`,
})

const browserCheck: FaultEffect = {
  kind: 'reply',
  status: 403,
  headers: { 'content-type': 'text/html', 'cf-mitigated': 'challenge' },
  body: '<!doctype html><html><title>Just a moment...</title></html>',
}

/** The challenge is no longer valid: a new one, at most five times. */
const refreshes = (code: string, when: string, rest: Partial<Row> = {}): Row => ({
  code,
  when,
  on: MINT,
  effect: standard(400, when),
  lasts: { exit: 75, tries: REFRESHED },
  passes: { back: 'fetchToken.fetch', tries: 2 },
  ...rest,
})

/** Temporary: backoff, then the same again. */
const retries = (code: string, when: string, on: string, effect: FaultEffect): Row => ({
  code,
  when: `${when} to ${on}`,
  on,
  effect,
  lasts: { exit: 75, tries: RETRIED },
  passes: { back: on === MINT ? 'mint.wait' : 'checkBalance.wait', tries: 2 },
})

/** Permanent: not tried again. */
const stops = (code: string, exit: number, when: string, effect: FaultEffect, on: string = MINT): Row => ({
  code,
  when: `${when} to ${on}`,
  on,
  effect,
  lasts: { exit, tries: 1 },
})

/** A token signed by Venice with one fault. */
const withToken = (code: string, when: string, spoil: (scene: Scene) => Promise<string>, rest: Partial<Row>): Row => ({
  code,
  when,
  on: MINT,
  async arrange(scene) {
    scene.fault(CHALLENGE, json(200, { success: true, data: { token: await spoil(scene) } }), { times: 99 })
  },
  ...rest,
})

const SECOND_S = 1_000

/** Venice's table for tokens, in its order, and the other answers of the route. */
export const TOKEN_ROWS: readonly Row[] = [
  stops('venice/invalid-address', 78, 'Invalid wallet address', standard(400, 'Invalid wallet address')),
  refreshes('venice/token-expired', 'JWT has expired'),
  refreshes('venice/token-signature-invalid', 'JWT signature is invalid'),
  refreshes('venice/token-claims-invalid', 'JWT claims are invalid'),
  refreshes('venice/token-malformed', 'JWT is malformed'),
  {
    code: 'venice/wallet-signature-mismatch',
    when: 'Wallet signature does not match',
    on: MINT,
    effect: standard(400, 'Wallet signature does not match'),
    lasts: { exit: 6, tries: 2 },
    passes: { back: 'sign.sign', tries: 2 },
  },
  retries(
    'venice/signature-not-verified',
    'Could not verify wallet signature',
    MINT,
    standard(400, 'Could not verify wallet signature'),
  ),
  ...['Wallet has no staked VVV on Base', 'Wallet 0x1 has no staked VVV on Base'].map(
    (words): Row => ({
      code: 'venice/no-staked-vvv',
      when: words,
      on: MINT,
      effect: standard(400, words),
      lasts: { exit: 75, tries: LAGGED, code: 'venice/stake-not-seen' },
      passes: { back: 'mint.wait', tries: 2 },
    }),
  ),
  {
    code: 'venice/signature-not-verified',
    when: 'Venice really cannot read the chain',
    on: MINT,
    arrange: ({ sandbox }) => sandbox.venice.setVerificationFailures(3),
    restore: ({ sandbox }) => sandbox.venice.setVerificationFailures(0),
    passes: { back: 'mint.wait', tries: 4 },
  },
  {
    code: 'venice/no-staked-vvv',
    when: 'Venice really lags behind the chain',
    on: MINT,
    arrange: ({ sandbox }) => sandbox.venice.stakeLag(5),
    restore: ({ sandbox }) => sandbox.venice.stakeLag(0),
    passes: { back: 'mint.wait', tries: 6 },
  },
  withToken(
    'venice/token-claims-invalid',
    'a token that Venice issued for another purpose',
    ({ sandbox }) => sandbox.venice.signToken({ aud: 'somewhere_else' }),
    { lasts: { exit: 75, tries: REFRESHED } },
  ),
  withToken(
    'venice/token-signature-invalid',
    'a token that was altered in transit',
    async ({ sandbox }) => `${(await sandbox.venice.signToken()).split('.').slice(0, 2).join('.')}.${'A'.repeat(86)}`,
    { lasts: { exit: 75, tries: REFRESHED } },
  ),
  withToken(
    'challenge/stale',
    'a token with ten seconds to live',
    ({ sandbox }) => sandbox.venice.signToken({ exp: Math.floor(Date.now() / SECOND_S) + 10 }),
    { on: CHALLENGE, lasts: { exit: 75, tries: REFRESHED + 1, transactions: 2 } },
  ),
]

/** The six errors of the SIWE form. */
export const MESSAGE_ROWS: readonly Row[] = (
  [
    ['venice/challenge-expired', 'The challenge has expired'],
    ['venice/challenge-used', 'This challenge has already been used'],
    ['venice/challenge-other-wallet', 'The challenge was issued for a different wallet address'],
    ['venice/challenge-not-valid', 'The message is not a valid Venice API key authorization challenge'],
    ['venice/challenge-statement-modified', 'The challenge statement was modified'],
    ['venice/challenge-domain', 'The challenge domain must be "api.venice.ai"'],
  ] as const
).map(([code, words]) => refreshes(code, words, { form: 'siwe' }))

const PARAMETERS = 'Invalid request parameters'
export const X402 = { x402Version: 2, error: 'Authentication required', accepts: [], authOptions: {} }
export const LOW_CREDIT = {
  error: 'Payment required',
  code: 'PAYMENT_REQUIRED',
  reason: 'insufficient_balance',
  currentBalanceUsd: 0,
  minimumBalanceUsd: 0.1,
}
const RESET = { 'x-ratelimit-remaining': '0', 'x-ratelimit-resets': String(Date.now() + 30_000) }

/** Refusals of a mint, including undocumented ones. */
export const REFUSAL_ROWS: readonly Row[] = [
  stops(
    'venice/too-many-keys',
    6,
    'the cap of 500 keys',
    standard(400, 'You have reached the maximum of 500 active API keys'),
  ),
  stops(
    'venice/invalid-request',
    78,
    'a schema error with issues',
    json(400, { error: PARAMETERS, issues: [{ path: ['expiresAt'], message: 'Invalid date' }] }),
  ),
  stops(
    'venice/invalid-request',
    78,
    'a schema error with a tree of details',
    json(400, { error: 'No.', details: { _errors: [], consumptionLimit: { usd: { _errors: ['Too small'] } } } }),
  ),
  stops('venice/content-type-refused', 78, '400 about it', standard(400, "'Content-Type' must be 'application/json'")),
  stops('venice/content-type-refused', 78, '415', json(415, { error: 'No.', code: 'INVALID_CONTENT_TYPE' })),
  stops('venice/authentication-failed', 6, '401', standard(401, 'Authentication failed')),
  stops('venice/authentication-failed', 6, '401', json(401, { code: 'AUTHENTICATION_FAILED_INACTIVE_KEY' })),
  stops('venice/admin-key-required', 78, '401', standard(401, 'Admin API key required')),
  stops('venice/no-credential', 78, '402 with the terms of x402', json(402, X402)),
  stops('venice/wallet-credit-too-low', 4, '402', json(402, LOW_CREDIT)),
  stops(
    'venice/balance-insufficient',
    4,
    '402',
    standard(402, 'Insufficient USD or Diem balance to complete request.'),
  ),
  stops('venice/balance-insufficient', 4, '402 by its code', json(402, { code: 'INSUFFICIENT_BALANCE', error: 'No.' })),
  stops('venice/key-usd-limit-reached', 4, '402', standard(402, 'API key USD spend limit exceeded. Your account may')),
  stops(
    'venice/key-diem-limit-reached',
    4,
    '402',
    standard(402, 'API key DIEM spend limit exceeded. Your account may'),
  ),
  stops('venice/api-access-disabled', 6, '403', json(403, { error: 'No.', code: 'API_ACCESS_DISABLED' })),
  stops('venice/forbidden', 6, '403', json(403, { error: 'Not for you', code: 'UNAUTHORIZED' })),
  stops('venice/blocked', 78, '403 with a web page', page(403)),
  retries('venice/browser-check', '403 with a page for browsers', MINT, browserCheck),
  stops('venice/not-found', 78, '404', standard(404, 'Not Found')),
  stops('venice/gone', 6, '410', standard(410, 'Gone', { sunset: 'Wed, 16 Sep 2026 00:00:00 GMT' })),
  stops('venice/payload-too-large', 78, '413', json(413, { code: 'PAYLOAD_TOO_LARGE', error: 'Too large' })),
  ...[400, 402, 409, 451].map((status) =>
    stops('venice/unrecognised', 6, `${status} in undocumented words`, standard(status, 'The moon is full')),
  ),
  stops('venice/unrecognised', 6, '400 with a web page', page(400)),
  stops('venice/unrecognised', 6, '400 with an empty body', { kind: 'reply', status: 400, body: '' }),
  retries('venice/rate-limited', '429 without a time', MINT, standard(429, 'Rate limit exceeded')),
  retries(
    'venice/rate-limited',
    '429 with Retry-After',
    MINT,
    standard(429, 'Rate limit exceeded', { 'retry-after': '7' }),
  ),
  retries('venice/rate-limited', '429 with reset headers', MINT, standard(429, 'Rate limit exceeded', RESET)),
  retries('venice/rate-limited', '429 with a web page', CHALLENGE, page(429)),
  retries(
    'venice/error-budget-spent',
    '429',
    MINT,
    standard(429, 'Too many failed attempts (> 50) resulting in', RESET),
  ),
  retries(
    'venice/overloaded',
    '429',
    MINT,
    standard(429, 'The model is currently overloaded', { 'retry-after': '30' }),
  ),
]

/** Answers to a mint that do not show whether a key was made, and how many keys were made. */
const DOUBTS: readonly [when: string, made: number, effect: FaultEffect][] = [
  ['408', 0, standard(408, 'Request timeout')],
  ['500', 0, standard(500, 'An unknown error occurred')],
  ['502 with a web page', 0, page(502)],
  ['503', 0, json(503, { error: 'No.', code: 'MODEL_OFFLINE' })],
  ['504', 0, json(504, { error: 'No.', code: 'REQUEST_TIMEOUT' })],
  ['524 with an empty body', 0, { kind: 'reply', status: 524, body: '' }],
  ['a web page', 0, page(200)],
  ['an answer in another form', 0, json(200, { data: { key: 1 } })],
  ['an answer cut short', 1, { kind: 'truncate', bytes: 40 }],
  ['a connection that breaks within the key', 1, { kind: 'truncate', bytes: 120 }],
  ['a lost answer', 1, { kind: 'dropAfter' }],
  ['a connection that breaks', 0, { kind: 'dropBefore' }],
  ['an endless answer', 0, { kind: 'flood', bytes: 50_000_000 }],
]

/** Answers that come too late. */
const SLOW: readonly [when: string, effect: FaultEffect][] = [
  ['no answer in time', { kind: 'delay', ms: 2_000 }],
  ['headers a byte at a time', { kind: 'drip', part: 'headers', ms: 100 }],
  ['a body a byte at a time', { kind: 'drip', part: 'body', ms: 100 }],
]

export const SLOW_ROWS: readonly Row[] = SLOW.flatMap(([when, effect]): Row[] => {
  const fetching: Row = {
    code: 'venice/timed-out',
    when: `${when} to ${CHALLENGE}`,
    on: CHALLENGE,
    effect,
    ...shortLimit(VENICE_LIMIT_MS, CHALLENGE),
    passes: { back: 'checkBalance.wait', tries: 2 },
  }
  const minting: Row = {
    code: 'venice/mint-outcome-unknown',
    when: `${when} to ${MINT}`,
    on: MINT,
    effect,
    ...shortLimit(VENICE_LIMIT_MS, MINT),
    passes: { back: 'mint.recover', tries: 2 },
  }
  // A delayed request is still handled, but after the run has ended.
  return effect.kind === 'delay' ? [fetching] : [fetching, minting]
})

/** No key is minted blindly: at most three, each named, whatever their outcome. */
export const DOUBT_ROWS: readonly Row[] = DOUBTS.flatMap(([when, made, effect]) => [
  {
    code: 'venice/mint-outcome-unknown',
    when: `${when} to a token`,
    on: MINT,
    effect,
    lasts: { exit: 75, tries: DOUBTED, keys: made * DOUBTED },
    passes: { back: 'mint.recover', tries: 2, keys: 1 + made },
  },
  {
    code: 'venice/mint-outcome-unknown',
    when: `${when} to a message, which mints once`,
    on: MINT,
    effect,
    form: 'siwe' as const,
    passes: { back: 'mint.settle', keys: 1 + made },
  },
])

/** The challenge: nothing is signed before it arrives, so everything can be tried again. */
export const FETCH_ROWS: readonly Row[] = [
  retries('venice/request-timed-out', '408', CHALLENGE, standard(408, 'Request timeout')),
  ...[500, 503, 504].map((status) => retries('venice/unavailable', String(status), CHALLENGE, standard(status, 'No.'))),
  retries('venice/unavailable', '502 with a web page', CHALLENGE, page(502)),
  retries('venice/connection-lost', 'a reset before the request', CHALLENGE, { kind: 'dropBefore' }),
  retries('venice/connection-lost', 'a reset before the answer', CHALLENGE, { kind: 'dropAfter' }),
  retries('venice/connection-lost', 'a reset within the answer', CHALLENGE, { kind: 'truncate', bytes: 30 }),
  retries('venice/invalid-json', 'half an answer', CHALLENGE, { kind: 'reply', status: 200, body: '{"data":{"tok' }),
  stops('venice/html-answer', 78, 'a web page', page(200), CHALLENGE),
  stops('venice/unexpected-shape', 1, 'an answer in another form', json(200, { data: { tokens: [] } }), CHALLENGE),
  stops(
    'venice/redirect-refused',
    78,
    'a redirect',
    { kind: 'reply', status: 307, headers: { location: 'https://evil.example/' }, body: '' },
    CHALLENGE,
  ),
  stops('venice/answer-too-large', 1, 'an endless answer', { kind: 'flood', bytes: 50_000_000 }, CHALLENGE),
  stops('venice/challenge-refused', 5, 'no challenge', json(200, { data: { message: 'Pay 1 ETH' } }), CHALLENGE),
  {
    code: 'venice/connection-failed',
    when: 'nothing listens at the API URL',
    flags: () => ({ apiUrl: 'http://127.0.0.1:10/api/v1' }),
    lasts: { exit: 75, transactions: 0 },
  },
  {
    code: 'venice/unsendable-request',
    when: 'the API URL has a port that no browser would ask',
    flags: () => ({ apiUrl: 'http://127.0.0.1:9/api/v1' }),
    lasts: { exit: 78, transactions: 0 },
  },
  {
    code: 'venice/tls-failed',
    when: 'the API URL does not speak TLS',
    flags: ({ apiUrl }) => ({ apiUrl: apiUrl.replace('http:', 'https:') }),
    lasts: { exit: 78, transactions: 0 },
  },
  {
    code: 'venice/unsendable-request',
    when: 'no request can be made of the API URL',
    flags: ({ apiUrl }) => ({ apiUrl: apiUrl.replace('//', '//me:password@') }),
    lasts: { exit: 78, code: 'cli/credentials-in-url', transactions: 0 },
  },
]

/** A minted and stored key is a success, whatever Venice then says about it. */
const unasked = (when: string, effect: FaultEffect, cause?: FundingCause, tries: Lasting['tries'] = 1): Row => ({
  code: 'venice/funding-unknown',
  when: `${when} to ${RATE_LIMITS}`,
  on: RATE_LIMITS,
  effect,
  lasts: { exit: 0, code: null, tries, keys: 1, state: 'unfunded', ...(cause && { cause }) },
})

export const FUNDING_ROWS: readonly Row[] = [
  // A key this young may be unknown: it is polled for seconds, and the number of polls depends on the machine.
  unasked('401', standard(401, 'Authentication failed'), undefined, 'several'),
  unasked('401', standard(401, 'Admin API key required')),
  unasked('402 without a credential', json(402, X402), 'no-credential'),
  unasked('402 of a wallet', json(402, LOW_CREDIT), 'wallet-credit'),
  unasked('402 of an empty account', standard(402, 'Insufficient USD or Diem balance'), 'no-balance'),
  unasked('402 of a limit', standard(402, 'API key USD spend limit exceeded'), 'key-limit-used'),
  unasked('403', standard(403, 'Access denied')),
  unasked('410', standard(410, 'Gone')),
  unasked('undocumented words', standard(400, 'The moon is full')),
  unasked('a web page', page(200)),
  unasked('a redirect', { kind: 'reply', status: 302, headers: { location: 'https://evil.example/' }, body: '' }),
  ...[429, 500, 503].map(
    (status): Row => ({
      code: status === 429 ? 'venice/rate-limited' : 'venice/unavailable',
      when: `${status} to ${RATE_LIMITS}`,
      on: RATE_LIMITS,
      effect: standard(status, 'No.'),
      lasts: { exit: 0, code: null, tries: RETRIED, keys: 1, state: 'unfunded' },
      passes: { back: 'fundingCheck.wait', tries: 2 },
    }),
  ),
]

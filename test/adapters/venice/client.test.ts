import { describe, expect, it } from 'vitest'
import { createVeniceClient } from '../../../src/adapters/venice/client.ts'
import type { Address, Hex } from '../../../src/domain/addresses.ts'
import { MintOutcomeUnknownError, VeniceError } from '../../../src/errors/venice/all.ts'
import type { MintRequest } from '../../../src/ports/venice.ts'
import { expiringSiweText } from '../../support/challenges.ts'
import {
  clock,
  json,
  NOW_MS,
  raw,
  rejection,
  reset,
  resetInBody,
  type Script,
  type SeenRequest,
  stallInBody,
  startServer,
  textsOf,
} from './scripted-server.ts'

const MINUTE_MS = 60_000
const address: Address = '0xacfE6019Ed1A7Dc6f7B508C02d1b04ec88cC21bf'
const signature: Hex = `0x${'ca'.repeat(65)}`
const API_KEY = 'VENICE_INFERENCE_KEY_canary_0123456789-abcdefghij'
const DETAILED = {
  error: 'Invalid request parameters',
  details: { _errors: [], address: { _errors: ['Unrecognized key'] } },
  issues: [{ code: 'unrecognized_keys', path: ['address'], message: 'Unrecognized key' }],
}

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
const token = `${part({ alg: 'ES256' })}.${part({ exp: (NOW_MS + 10 * MINUTE_MS) / 1_000 })}.Y2FuYXJ5`
const message = expiringSiweText(address, NOW_MS)
const tokenAnswer = json(200, { success: true, data: { token } })
const minted = { id: 'key-1', apiKey: API_KEY, apiKeyType: 'INFERENCE', expiresAt: null }
const mintAnswer = json(200, { success: true, data: minted })

const mintRequest: MintRequest = {
  address,
  signature,
  challenge: { form: 'jwt', text: token, expiresAtMs: NOW_MS + 10 * MINUTE_MS },
  key: { type: 'INFERENCE' },
  label: 'agent m4rk3r',
}

async function withServer<Result>(
  script: Script,
  use: (client: ReturnType<typeof createVeniceClient>, seen: SeenRequest[]) => Promise<Result>,
): Promise<Result> {
  await using server = await startServer(script)
  return await use(createVeniceClient({ apiUrl: server.apiUrl, clock, timeoutMs: 1_000 }), server.seen)
}

describe('fetchChallenge', () => {
  it('sends the address without a credential, and accepts the token form', async () => {
    await withServer(tokenAnswer, async (client, seen) => {
      const expiresAtMs = NOW_MS + 10 * MINUTE_MS
      expect(await client.fetchChallenge(address)).toEqual({ form: 'jwt', text: token, expiresAtMs })
      expect(seen[0]).toMatchObject({ method: 'GET', url: `/api/v1/api_keys/generate_web3_key?address=${address}` })
      expect(seen[0]?.headers).not.toHaveProperty('authorization')
    })
  })

  it.each([
    ['alone', { message, nonce: 'a1', expiresAt: 'x' }],
    ['next to a token', { token, message }],
  ])('accepts the SIWE form %s', async (_, data) => {
    await withServer(json(200, { success: true, data }), async (client) => {
      expect(await client.fetchChallenge(address)).toMatchObject({ form: 'siwe', text: message })
    })
  })

  it.each([-3, 0, 5])('returns the expiry on the local clock when the server is %i minutes ahead', async (minutes) => {
    const date = new Date(NOW_MS + minutes * MINUTE_MS).toUTCString()
    await withServer(json(200, { data: { token } }, { date }), async (client) => {
      const { expiresAtMs } = await client.fetchChallenge(address)
      expect(expiresAtMs).toBe(NOW_MS + (10 - minutes) * MINUTE_MS)
    })
  })

  it.each([
    ['a schema error', json(400, DETAILED)],
    ['an error without details', json(400, { error: 'Unknown query parameter' })],
  ])('repeats the request without the address after %s', async (_, refusal) => {
    const script: Script = (request, response) => (request.url.includes('?') ? refusal : tokenAnswer)(request, response)
    await withServer(script, async (client, seen) => {
      expect(await client.fetchChallenge(address)).toMatchObject({ form: 'jwt' })
      expect(seen.map(({ url }) => url.includes('?'))).toEqual([true, false])
    })
  })

  it.each([
    ['twice at most, after a schema error', json(400, DETAILED), 'venice/invalid-request', 2],
    ['once, when the address is invalid', json(400, { error: 'Invalid wallet address' }), 'venice/invalid-address', 1],
    ['once, when Venice has a server error', json(500, { error: 'Oops' }), 'venice/unavailable', 1],
  ])('asks %s', async (_, script, code, times) => {
    await withServer(script, async (client, seen) => {
      expect(await rejection(client.fetchChallenge(address))).toMatchObject({ code })
      expect(seen).toHaveLength(times)
    })
  })

  it.each([
    [
      'a message for another wallet',
      json(200, { data: { message: message.replace(/0x\w+/, `0x${'1'.repeat(40)}`) } }),
      'venice/challenge-refused',
    ],
    ['a transaction as a token', json(200, { data: { token: `0x02${'f8'.repeat(90)}` } }), 'venice/challenge-refused'],
    ['neither form', json(200, { data: {} }), 'venice/unexpected-shape'],
    ['no envelope', json(200, { token }), 'venice/unexpected-shape'],
    ['a web page', raw(200, '<!DOCTYPE html><title>Hello</title>'), 'venice/html-answer'],
    ['half an answer', raw(200, `{"data":{"token":"${token}`), 'venice/invalid-json'],
    ['an empty answer', raw(200, ''), 'venice/invalid-json'],
  ])('rejects when offered %s', async (_, script, code) => {
    await withServer(script, async (client) => {
      expect(await rejection(client.fetchChallenge(address))).toMatchObject({ code })
    })
  })
})

describe('mint', () => {
  it('posts only the documented fields that were given, and no credential', async () => {
    await withServer(mintAnswer, async (client, seen) => {
      await client.mint(mintRequest)
      expect(seen).toHaveLength(1)
      expect(JSON.parse(seen[0]?.body ?? '')).toEqual({
        address,
        signature,
        token,
        apiKeyType: 'INFERENCE',
        description: 'agent m4rk3r',
      })
      expect(seen[0]?.headers).not.toHaveProperty('authorization')
    })
  })

  it('posts every option, and the SIWE form as `message`', async () => {
    const options = {
      expiresAt: '2027-01-01',
      consumptionLimit: { usd: 5, diem: 1 },
      limitPeriod: 'LIFETIME',
      modelPrivacy: 'PRIVATE_ONLY',
    } as const
    const challenge = { form: 'siwe', text: message, expiresAtMs: NOW_MS } as const
    await withServer(mintAnswer, async (client, seen) => {
      await client.mint({ ...mintRequest, challenge, key: { type: 'ADMIN', ...options } })
      const body = { address, signature, message, apiKeyType: 'ADMIN', description: 'agent m4rk3r', ...options }
      expect(JSON.parse(seen[0]?.body ?? '')).toEqual(body)
    })
  })

  it.each([
    ['limits that are echoed as null', { ...minted, consumptionLimit: { usd: null, diem: null, vcu: null } }],
    ['new fields', { ...minted, colour: 'blue' }],
    ['missing fields', { id: minted.id, apiKey: API_KEY }],
    ['a new type', { ...minted, apiKeyType: 'INFERENCE_2' }],
  ])('keeps a key in spite of %s', async (_, data) => {
    await withServer(json(200, { data }), async (client) => {
      const key = await client.mint({
        ...mintRequest,
        key: { type: 'INFERENCE', consumptionLimit: { usd: 0, diem: 1 } },
      })
      expect(key).toEqual({ id: 'key-1', apiKey: API_KEY, type: 'INFERENCE', expiresAt: null })
    })
  })

  it.each([
    ['a reset before the answer', reset],
    ['a reset within the answer', resetInBody],
    ['an answer that never ends', stallInBody],
    ['no answer', () => {}],
    ['408', json(408, { error: 'Request timeout' })],
    ['500', json(500, { error: 'Internal error' })],
    ['502 with a web page', raw(502, '<html><title>Bad gateway</title>')],
    ['504', json(504, {})],
    ['524', raw(524, '')],
    ['half a key', raw(200, `{"data":{"id":"key-1","apiKey":"${API_KEY}`)],
    ['a web page', raw(200, '<html></html>')],
    ['an empty answer', raw(204, '')],
    ['no key', json(200, { data: { ...minted, apiKey: '' } })],
    ['no id', json(200, { data: { apiKey: API_KEY } })],
    ['a key of two lines', json(200, { data: { ...minted, apiKey: `${API_KEY}\nX=1` } })],
    ['an answer that is too large', raw(200, ' '.repeat(1_100_000))],
  ])('reports an unknown outcome after %s', async (_, script) => {
    await using server = await startServer(script)
    const client = createVeniceClient({ apiUrl: server.apiUrl, clock, timeoutMs: 300 })
    const error = await rejection(client.mint(mintRequest))
    expect(error).toBeInstanceOf(MintOutcomeUnknownError)
    expect(error).toMatchObject({ code: 'venice/mint-outcome-unknown', cause: expect.any(VeniceError) })
    expect(server.seen).toHaveLength(1)
  })

  it('reports an unknown outcome when it is stopped while it waits', async () => {
    const stop = new AbortController()
    await withServer(
      () => stop.abort(new Error('SIGINT')),
      async (client) => {
        const error = await rejection(client.mint(mintRequest, stop.signal))
        expect(error).toBeInstanceOf(MintOutcomeUnknownError)
        expect(error).toMatchObject({ cause: stop.signal.reason })
      },
    )
  })

  it('sends nothing when it was stopped before', async () => {
    const signal = AbortSignal.abort(new Error('SIGINT'))
    await withServer(mintAnswer, async (client, seen) => {
      expect(await rejection(client.mint(mintRequest, signal))).toBe(signal.reason)
      expect(seen).toEqual([])
    })
  })

  it.each([
    [json(400, { error: 'JWT has expired' }), 'venice/token-expired'],
    [json(400, { error: 'This challenge has already been used' }), 'venice/challenge-used'],
    [json(400, { error: `Wallet ${address} has no staked VVV on Base` }), 'venice/no-staked-vvv'],
    [json(400, { error: 'You have reached the maximum of 500 active API keys' }), 'venice/too-many-keys'],
    [json(400, DETAILED), 'venice/invalid-request'],
    [json(400, { error: 'Something new' }), 'venice/unrecognised'],
    [raw(400, '<html><title>Bad request</title></html>'), 'venice/unrecognised'],
    [json(403, { error: 'API access disabled' }), 'venice/api-access-disabled'],
    [json(403, { error: 'Access denied' }), 'venice/forbidden'],
    [json(400, { error: "'Content-Type' must be 'application/json'" }), 'venice/content-type-refused'],
    [json(415, { error: 'Unsupported media type', code: 'INVALID_CONTENT_TYPE' }), 'venice/content-type-refused'],
    [json(429, { error: 'Too many failed attempts (> 50)' }), 'venice/error-budget-spent'],
    [raw(404, 'Not found'), 'venice/not-found'],
    [json(429, { error: 'Rate limit exceeded' }), 'venice/rate-limited'],
    [raw(307, '', { location: 'https://example.com' }), 'venice/redirect-refused'],
  ])('reports that no key was made (%#)', async (script, code) => {
    await withServer(script, async (client, seen) => {
      const error = await rejection(client.mint(mintRequest))
      expect(error).toMatchObject({ code, mayBeDone: false })
      expect(seen).toHaveLength(1)
    })
  })

  it('reports that no key was made when nobody listens', async () => {
    const server = await startServer(mintAnswer)
    await server[Symbol.asyncDispose]()
    const error = await rejection(createVeniceClient({ apiUrl: server.apiUrl, clock }).mint(mintRequest))
    expect(error).toMatchObject({ code: 'venice/connection-failed', recovery: 'retry' })
  })
})

describe('keys', () => {
  const listed = {
    id: 'key-2',
    apiKeyType: 'INFERENCE',
    description: 'agent  marker',
    last6Chars: 'abcdef',
    createdAt: '2026-11-22T11:00:00.000Z',
    expiresAt: null,
    lastUsedAt: null,
    consumptionLimits: { usd: 5, diem: null, vcu: null },
    limitPeriod: 'LIFETIME',
    modelPrivacy: 'ALL',
    currentPeriodUsage: { usd: '0.5000', diem: '0.0000' },
  }
  const details = {
    expiresAt: null,
    lastUsedAt: null,
    limit: { usd: 5, diem: null },
    limitPeriod: 'LIFETIME',
    modelPrivacy: 'ALL',
    used: { usd: '0.5000', diem: '0.0000' },
  }

  it('are listed in Venice’s order, with their labels unchanged', async () => {
    const { description, createdAt, ...bare } = listed
    const script = json(200, { object: 'list', data: [listed, { ...bare, id: 'key-1', createdAt: null }] })
    await withServer(script, async (client, seen) => {
      expect(await client.listKeys(API_KEY)).toEqual([
        { id: 'key-2', description, last6: 'abcdef', type: 'INFERENCE', createdAt, ...details },
        { id: 'key-1', description: '', last6: 'abcdef', type: 'INFERENCE', createdAt: null, ...details },
      ])
      expect(seen).toMatchObject([
        { method: 'GET', url: '/api/v1/api_keys', headers: { authorization: `Bearer ${API_KEY}` } },
      ])
    })
  })

  it('are deleted by their id, which is in the query alone', async () => {
    await withServer(json(200, { success: true }), async (client, seen) => {
      await client.deleteKey(API_KEY, 'a b&c')
      expect(seen).toMatchObject([{ method: 'DELETE', url: '/api/v1/api_keys?id=a+b%26c', body: '' }])
    })
  })

  it.each([
    [400, 'API key could not be found', 'venice/key-not-found'],
    [401, 'Admin API key required', 'venice/admin-key-required'],
    [401, 'Authentication failed', 'venice/authentication-failed'],
    [403, 'No.', 'venice/forbidden'],
    [404, 'No.', 'venice/not-found'],
  ])('with a failed deletion (%i %s) are an error of its own', async (status, error, code) => {
    await withServer(json(status, { error }), async (client) => {
      expect(await rejection(client.deleteKey(API_KEY, 'key-1'))).toMatchObject({ code })
    })
  })

  it('count as deleted for no other answer', async () => {
    await withServer(json(200, { success: false }), async (client) => {
      expect(await rejection(client.deleteKey(API_KEY, 'key-1'))).toMatchObject({ code: 'venice/unexpected-shape' })
    })
  })

  it('are requested from the API only, never from the target of a redirect', async () => {
    await withServer(json(302, {}, { location: 'https://example.org/' }), async (client, seen) => {
      expect(await rejection(client.listKeys(API_KEY))).toMatchObject({ code: 'venice/redirect-refused' })
      expect(await rejection(client.deleteKey(API_KEY, 'key-1'))).toMatchObject({ code: 'venice/redirect-refused' })
      expect(seen).toHaveLength(2)
    })
  })
})

describe('rateLimits', () => {
  const answer = {
    accessPermitted: true,
    apiTier: { id: 'paid', isCharged: true },
    balances: { USD: 50.23, DIEM: 100.023, BUNDLED_CREDITS: 25 },
    keyExpiration: null,
    nextEpochBegins: '2026-11-23T00:00:00.000Z',
    rateLimits: [],
  }

  it('sends the key in the Authorization header, and reduces the answer to what matters', async () => {
    await withServer(json(200, { data: answer }), async (client, seen) => {
      expect(await client.rateLimits(API_KEY)).toEqual({
        accessPermitted: true,
        tier: 'paid',
        balances: { usd: 50.23, diem: 100.023, bundledCredits: 25 },
        keyExpiresAt: null,
        nextEpochAt: '2026-11-23T00:00:00.000Z',
      })
      expect(seen[0]).toMatchObject({
        url: '/api/v1/api_keys/rate_limits',
        headers: { authorization: `Bearer ${API_KEY}` },
      })
    })
  })

  it.each([
    ['one balance', { DIEM: 0 }, { usd: null, diem: 0, bundledCredits: null }],
    ['no balance', {}, { usd: null, diem: null, bundledCredits: null }],
    ['no group', undefined, { usd: null, diem: null, bundledCredits: null }],
  ])('accepts an answer with %s', async (_, given, balances) => {
    await withServer(json(200, { data: { ...answer, balances: given } }), async (client) => {
      expect(await client.rateLimits(API_KEY)).toMatchObject({ balances })
    })
  })

  it.each([
    [json(401, { error: 'Authentication failed' }), 'venice/authentication-failed'],
    [json(401, { error: 'Admin API key required' }), 'venice/admin-key-required'],
    [json(402, { x402Version: 2, error: 'Authentication required', accepts: [] }), 'venice/no-credential'],
    [json(402, { error: 'Payment required', code: 'PAYMENT_REQUIRED' }), 'venice/wallet-credit-too-low'],
    [json(402, { error: 'Insufficient USD or Diem balance to complete request.' }), 'venice/balance-insufficient'],
    [json(402, { error: 'API key USD spend limit exceeded. Your account may…' }), 'venice/key-usd-limit-reached'],
    [json(402, { error: 'API key DIEM spend limit exceeded. Your account may…' }), 'venice/key-diem-limit-reached'],
    [json(402, { error: 'Something new' }), 'venice/unrecognised'],
    [json(408, {}), 'venice/request-timed-out'],
    [json(410, { error: 'Retired' }), 'venice/gone'],
    [json(413, { code: 'PAYLOAD_TOO_LARGE', error: 'Too large' }), 'venice/payload-too-large'],
    [json(429, { error: { message: 'The model is currently overloaded.' } }), 'venice/overloaded'],
    [raw(503, 'down'), 'venice/unavailable'],
  ])('classifies the refusal (%#)', async (script, code) => {
    await withServer(script, async (client) => {
      expect(await rejection(client.rateLimits(API_KEY))).toMatchObject({ code })
    })
  })

  it('passes on the wait that Venice asks for', async () => {
    await withServer(json(429, { error: 'Slow down' }, { 'retry-after': '7' }), async (client) => {
      expect(await rejection(client.rateLimits(API_KEY))).toMatchObject({ retryAfterMs: 7_000 })
    })
  })
})

describe('an error message', () => {
  // Regression: 2026-11-23 — a body without details was quoted as it came, with its braces.
  it.each([
    [{ error: 'No.' }, 'Venice said: No.'],
    [{ error: { message: 'No.', type: 'error' } }, 'Venice said: No.'],
    [{ error: 'SOME_CODE', message: 'No.' }, 'Venice said: SOME_CODE: No.'],
    [{ error: 'No.', code: 'SOME_CODE' }, 'Venice said: SOME_CODE: No.'],
    [{ error: 'No.', details: 'Bad', request_id: 'r-1' }, 'Venice said: No.'],
  ])('quotes Venice’s text, and not its JSON (%#)', async (body, fact) => {
    await withServer(json(418, body), async (client) => {
      expect(await rejection(client.mint(mintRequest))).toMatchObject({ facts: expect.arrayContaining([fact]) })
    })
  })

  it.each([
    ['the flat list', DETAILED, ['address: Unrecognized key']],
    [
      'the tree',
      {
        ...DETAILED,
        issues: undefined,
        details: { _errors: ['Wrong'], consumptionLimit: { usd: { _errors: ['Too small'] } } },
      },
      ['Wrong', 'consumptionLimit.usd: Too small'],
    ],
    ['plain text', { error: 'Bad', details: 'The image is too large' }, ['The image is too large']],
  ])('lists every field of a schema error, from %s', async (_, body, facts) => {
    await withServer(json(400, body), async (client) => {
      const error = await rejection(client.mint(mintRequest))
      expect(error).toMatchObject({ code: 'venice/invalid-request', facts: expect.arrayContaining(facts) })
    })
  })

  it('is bounded, and safe to print, whatever Venice says', async () => {
    const issues = Array.from({ length: 500 }, () => ({ path: ['a'], message: 'x'.repeat(5_000) }))
    const body = { error: `\u001b]0;owned\u0007${'y'.repeat(100_000)}`, issues }
    await withServer(json(400, body), async (client) => {
      const error = await rejection(client.mint(mintRequest))
      if (!(error instanceof VeniceError)) throw error
      expect(error.facts.length).toBeLessThan(20)
      for (const text of [error.message, ...error.facts]) {
        expect(text.length).toBeLessThan(250)
        expect(text).not.toMatch(/\p{Cc}/u)
      }
    })
  })

  it('survives endlessly nested details', async () => {
    const body = `{"error":"Bad","details":${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}}`
    await withServer(raw(400, body), async (client) => {
      expect(await rejection(client.mint(mintRequest))).toMatchObject({ code: 'venice/unrecognised' })
    })
  })

  const echo = [API_KEY, signature, token, JSON.stringify(token), message].join(' ')
  it.each([
    ['an error', json(400, { error: echo, details: echo, issues: [{ path: ['token'], message: echo }] })],
    ['a web page', raw(403, `<html><title>${echo}</title></html>`)],
    ['plain text', raw(418, echo)],
    ['a server error', json(500, { error: { message: echo } })],
    ['half an answer', raw(200, `{"data":{"id":"key-1","apiKey":"${API_KEY}`)],
    ['the wrong shape', json(200, { data: { apiKey: API_KEY, id: [API_KEY], message: [token], token: [token] } })],
    ['a reset', resetInBody],
  ])('never contains a secret, nor do its causes, when Venice echoes one in %s', async (_, script) => {
    await withServer(script, async (client) => {
      const challenge = { form: 'siwe', text: message, expiresAtMs: NOW_MS } as const
      const shown = await Promise.all([
        rejection(client.fetchChallenge(address)),
        rejection(client.mint(mintRequest)),
        rejection(client.mint({ ...mintRequest, challenge })),
        rejection(client.rateLimits(API_KEY)),
        rejection(client.listKeys(API_KEY)),
        rejection(client.deleteKey(API_KEY, 'key-1')),
      ])
      const all = shown.map(textsOf).join('\n')
      expect(all).not.toMatch(/canary|(?:ca){20}/)
      expect(all).not.toContain(token.slice(0, 40))
    })
  })
})

import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { describe, expect, test } from 'vitest'
import { systemClock } from '../../src/adapters/clock.ts'
import { privateKeySigner } from '../../src/adapters/signers/private-key.ts'
import { serverClock } from '../../src/adapters/venice/server-clock.ts'
import { asFetch } from '../../src/gateway/as-fetch.ts'
import { createCaller } from '../../src/gateway/caller.ts'
import { keyCredential, walletCredential } from '../../src/gateway/credentials.ts'
import { sendByFetch } from '../../src/gateway/send-by-fetch.ts'
import { createSlots } from '../../src/gateway/slots.ts'
import { type CallReport, veniceFetch } from '../../src/index.ts'
import { counted } from '../library/counted.ts'
import { json, lineOf, signInOf, stubServer } from './stub.ts'

const signer = generatePrivateKey()
const CHAT = '/chat/completions'
const ask = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"model":"m"}' }
const ok = { id: 'x', cost: { usd: 0.25, diem: 0 } }

/** A Venice that answers everything with `body`. */
const venice = (status = 200, body: unknown = ok, headers: Record<string, string> = {}) =>
  stubServer((_, response) => void json(response, status, body, headers))

describe('each request', () => {
  test('has its own sign-in, which names the wallet, the method and the URL', async () => {
    const { url, seen } = await venice()
    const fetch = veniceFetch({ signer, apiUrl: `${url}/api/v1` })
    for (let sent = 0; sent < 3; sent += 1) await fetch(`${url}/api/v1${CHAT}?a=1#part`, ask)
    const messages = seen.map((each) => signInOf(each).message)
    expect(new Set(messages.map((message) => lineOf(message, 'Nonce'))).size).toBe(3)
    expect(messages[0]).toContain(privateKeyToAccount(signer).address)
    expect(messages[0]).toContain('\nSign in to Venice AI: POST\n')
    expect(lineOf(messages[0] ?? '', 'URI')).toBe(`${url}/api/v1${CHAT}?a=1`)
  })

  test('carries no key, cookie or payment of the client', async () => {
    const { url, seen } = await venice()
    const headers = {
      authorization: 'Bearer sk-other',
      cookie: 'a=b',
      'x-sign-in-with-x': 'mine',
      'sign-in-with-x': 'mine',
      'payment-signature': 'mine',
      'x-api-key': 'mine',
    }
    await veniceFetch({ signer, apiUrl: url })(`${url}${CHAT}`, { ...ask, headers })
    expect(seen[0]?.headers).not.toHaveProperty('authorization')
    expect(seen[0]?.headers).not.toHaveProperty('cookie')
    expect(seen[0]?.headers).not.toHaveProperty('x-api-key')
    expect(seen[0]?.headers).not.toHaveProperty('payment-signature')
    expect(seen[0]?.headers).not.toHaveProperty('x-sign-in-with-x')
    expect(seen[0]?.headers['sign-in-with-x']).not.toBe('mine')
  })

  test('for the list of models is not signed', async () => {
    const { url, seen } = await venice()
    const { wallet, signed } = counted(signer)
    await veniceFetch({ signer: wallet, apiUrl: url })(`${url}/models?type=text`)
    expect(seen[0]?.headers).not.toHaveProperty('sign-in-with-x')
    expect(signed.message).toBe(0)
  })
})

describe('nothing is signed or sent', () => {
  const elsewhere = (url: string) => [
    'https://evil.example/api/v1/chat/completions',
    `${url.replace('127.0.0.1', 'localhost')}/api/v1${CHAT}`,
    `${url}/other${CHAT}`,
    `${url}/api/v1/../../secret`,
    `${url}/api/v1/%2e%2e/%2E%2E/secret`,
    `${url.replace('http:', 'https:')}/api/v1${CHAT}`,
    url.replace('http://', 'http://user:password@').concat(`/api/v1${CHAT}`),
  ]
  test('to another host, port, scheme, folder or user', async () => {
    const { url, seen } = await venice()
    const { wallet, signed } = counted(signer)
    const fetch = veniceFetch({ signer: wallet, apiUrl: `${url}/api/v1` })
    for (const target of elsewhere(url)) {
      const failure = await fetch(target, ask).catch((error: unknown) => error)
      expect([target, failure instanceof TypeError || (failure as { code?: string }).code]).toEqual([
        target,
        // Node's fetch rejects a URL with a password.
        target.includes('@') ? true : 'gateway/other-host',
      ])
    }
    expect([seen.length, signed.message]).toEqual([0, 0])
  })

  test.each([301, 302, 303, 307, 308])('after a redirect with status %i', async (status) => {
    const other = await venice()
    const { url, seen } = await venice(status, {}, { location: `${other.url}/steal` })
    await expect(veniceFetch({ signer, apiUrl: url })(`${url}${CHAT}`, ask)).rejects.toMatchObject({
      code: 'venice/redirect-refused',
    })
    expect([seen.length, other.seen.length]).toEqual([1, 0])
  })

  test.each<[string, object]>([
    ['an API in clear text', { apiUrl: 'http://venice.example/api/v1' }],
    ['an API with a password', { apiUrl: 'https://a:b@venice.example/api/v1' }],
    ['an invalid URL', { apiUrl: 'venice' }],
    ['an unknown option', { refil: { to: '5' } }],
    ['an undefined cap', { budget: { maxUsd: undefined } }],
    ['an amount as a number', { refill: { to: 5, rpcUrl: 'http://127.0.0.1:1' }, budget: { maxUsd: '9' } }],
    ['a refill without a budget', { refill: { to: '5', rpcUrl: 'http://127.0.0.1:1' } }],
    ['a floor above the refill amount', { refill: { to: '5', below: '6', rpcUrl: '' }, budget: { maxUsd: '9' } }],
  ])('for %s', (_, options) => {
    const code = expect.stringMatching(/^cli\/(?:usage|insecure-endpoint|credentials-in-url)$/)
    expect(() => veniceFetch({ signer, ...options })).toThrow(expect.objectContaining({ code }))
  })
})

describe('answers', () => {
  test.each([400, 402, 404, 413, 500])('with status %i reach the client unchanged', async (status) => {
    const { url } = await venice(status, { error: 'no', code: 'X' })
    const response = await veniceFetch({ signer, apiUrl: url })(`${url}${CHAT}`, ask)
    expect([response.status, await response.json()]).toEqual([status, { error: 'no', code: 'X' }])
  })

  test('with status 429 keep Retry-After, and are not retried', async () => {
    const { url, seen } = await venice(429, { error: 'slow down' }, { 'retry-after': '7' })
    const response = await veniceFetch({ signer, apiUrl: url })(`${url}${CHAT}`, ask)
    expect([response.status, response.headers.get('retry-after'), seen.length]).toEqual([429, '7', 1])
  })

  test('are counted with their cost, and no prompt is stored', async () => {
    const calls: CallReport[] = []
    const { url } = await venice()
    await veniceFetch({ signer, apiUrl: url, onCall: (call) => calls.push(call) })(`${url}${CHAT}`, ask)
    expect(calls).toEqual([
      {
        route: 'POST /chat/completions',
        model: 'm',
        status: 200,
        costUsd: 0.25,
        ms: expect.any(Number),
        isWhole: true,
      },
    ])
  })

  test('that stream are passed on at once, and their cost is read from them', async () => {
    const calls: CallReport[] = []
    let more = () => {}
    const { url } = await stubServer((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write('data: {"choices":[1]}\n\nda')
      more = () => response.end('ta: {"choices":[],"cost":{"usd":0.5,"diem":0.25}}\n\ndata: [DONE]\n\n')
    })
    const fetch = veniceFetch({ signer, apiUrl: url, onCall: (call) => calls.push(call) })
    const response = await fetch(`${url}${CHAT}`, ask)
    const reader = response.body?.getReader()
    expect(new TextDecoder().decode((await reader?.read())?.value)).toBe('data: {"choices":[1]}\n\nda')
    expect(calls).toEqual([])
    more()
    while (!(await reader?.read())?.done);
    expect(calls).toMatchObject([{ costUsd: 0.75, isWhole: true }])
  })
})

describe('a wallet has five calls at a time', () => {
  test('and the sixth waits for a free slot, also across fetches', async () => {
    const open: (() => void)[] = []
    const { url, seen } = await stubServer((_, response) => {
      open.push(() => void json(response, 200, ok))
    })
    const fetches = [veniceFetch({ signer, apiUrl: url }), veniceFetch({ signer, apiUrl: url })]
    const all = Promise.all(Array.from({ length: 7 }, (_, i) => fetches[i % 2]?.(`${url}${CHAT}`, ask)))
    await expect.poll(() => seen.length).toBe(5)
    open.shift()?.()
    await expect.poll(() => seen.length).toBe(6)
    open.shift()?.()
    await expect.poll(() => seen.length).toBe(7)
    for (const answer of open) answer()
    expect((await all).map((response) => response?.status)).toEqual(Array(7).fill(200))
  })

  test('and aborted, cancelled and broken streams free their slots', async () => {
    const { url, seen } = await stubServer((one, response) => {
      if (one.body !== 'stream') return void json(response, 200, ok)
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write('data: 1\n\n')
    })
    const fetch = veniceFetch({ signer, apiUrl: url })
    const stops: (() => void)[] = []
    for (let i = 0; i < 5; i += 1) {
      const controller = new AbortController()
      const { body } = await fetch(`${url}${CHAT}`, { ...ask, body: 'stream', signal: controller.signal })
      stops.push(i % 2 === 0 ? () => controller.abort() : () => void body?.cancel())
    }
    const waiting = Promise.all([1, 2, 3].map(() => fetch(`${url}${CHAT}`, ask)))
    for (const stop of stops) stop()
    expect((await waiting).map(({ status }) => status)).toEqual([200, 200, 200])
    expect(seen).toHaveLength(8)
  })

  test('and a call that Venice has no room for yet is signed and sent again, and reported once', async () => {
    const calls: CallReport[] = []
    const { url, seen } = await stubServer((_, response) => {
      if (seen.length > 2) return void json(response, 200, ok)
      json(response, 429, { error: 'Too many concurrent requests', code: 'X402_CONCURRENCY_LIMIT' })
    })
    const fetch = veniceFetch({ signer, apiUrl: url, onCall: (call) => calls.push(call) })
    expect((await fetch(`${url}${CHAT}`, ask)).status).toBe(200)
    expect(new Set(seen.map((each) => lineOf(signInOf(each).message, 'Nonce'))).size).toBe(3)
    expect(calls).toMatchObject([{ status: 200, costUsd: 0.25, isWhole: true }])
  })

  test('and a call that ends before it is sent frees its slot', async () => {
    const { url, seen } = await venice()
    const slots = createSlots(1)
    let isBroken = true
    const call = createCaller({
      apiUrl: url,
      clock: serverClock(systemClock),
      send: sendByFetch(globalThis.fetch),
      credential: keyCredential('a key'),
      slots: () => Promise.resolve(slots),
      credit: {
        ensure: () => (isBroken ? Promise.reject(new Error('of a callback')) : Promise.resolve()),
        ranOut: () => Promise.resolve(false),
        spent: () => {},
        known: () => null,
        mark: () => 0,
      },
    })
    const asked = {
      method: 'POST',
      path: CHAT,
      query: '',
      headers: {},
      body: null,
      signal: AbortSignal.timeout(30_000),
    }
    await expect(call(asked)).rejects.toThrow('of a callback')
    isBroken = false
    expect([(await call(asked)).status, seen.length]).toEqual([200, 1])
  })

  test('and a call that Venice has no room for at all is refused after some three seconds', async () => {
    const refusal = { error: 'Too many concurrent requests', code: 'X402_CONCURRENCY_LIMIT' }
    const { url, seen } = await venice(429, refusal)
    const clock = serverClock(systemClock)
    let nowMs = 0
    const call = createCaller({
      apiUrl: url,
      clock,
      send: sendByFetch(globalThis.fetch),
      credential: walletCredential(() => Promise.resolve(privateKeySigner(signer, 'a test')), clock),
      credit: null,
      timer: {
        now: () => nowMs,
        async sleepUntil(atMs) {
          nowMs = atMs
        },
      },
    })
    const response = await asFetch(call, url)(`${url}${CHAT}`, ask)
    expect([response.status, await response.json()]).toEqual([429, refusal])
    expect([seen.length, nowMs]).toEqual([7, 3_150])
  })

  test('and a call that is aborted while it waits sends nothing', async () => {
    const open: (() => void)[] = []
    const { url, seen } = await stubServer((_, response) => {
      open.push(() => void json(response, 200, ok))
    })
    const fetch = veniceFetch({ signer, apiUrl: url })
    const five = Promise.all([1, 2, 3, 4, 5].map(() => fetch(`${url}${CHAT}`, ask)))
    await expect.poll(() => seen.length).toBe(5)
    const controller = new AbortController()
    const sixth = fetch(`${url}${CHAT}`, { ...ask, signal: controller.signal })
    controller.abort(new Error('enough'))
    await expect(sixth).rejects.toThrow('enough')
    for (const answer of open) answer()
    await five
    expect(seen).toHaveLength(5)
  })
})

describe('a wrong clock', () => {
  test('is detected at the first refusal, and the call is signed again', async () => {
    const later = Date.now() + 5 * 60_000
    const { url, seen } = await stubServer(({ headers }, response) => {
      response.sendDate = false
      const issuedAt = Date.parse(lineOf(signInOf({ headers }).message, 'Issued At') ?? '')
      const date = { date: new Date(later).toUTCString() }
      if (issuedAt < later - 60_000) json(response, 401, { error: 'expired', code: 'X402_SIGN_IN_EXPIRED' }, date)
      else json(response, 200, ok, date)
    })
    const fetch = veniceFetch({ signer, apiUrl: url })
    expect((await fetch(`${url}${CHAT}`, ask)).status).toBe(200)
    expect(seen.map(({ body }) => body)).toEqual([ask.body, ask.body])
  })
})

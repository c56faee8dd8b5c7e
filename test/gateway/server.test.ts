import { once } from 'node:events'
import { connect } from 'node:net'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { generatePrivateKey } from 'viem/accounts'
import { describe, expect, onTestFinished, test } from 'vitest'
import { systemClock } from '../../src/adapters/clock.ts'
import { privateKeySigner } from '../../src/adapters/signers/private-key.ts'
import { serverClock } from '../../src/adapters/venice/server-clock.ts'
import { type CallReport, createCaller } from '../../src/gateway/caller.ts'
import { keyCredential, walletCredential } from '../../src/gateway/credentials.ts'
import { sendByNode } from '../../src/gateway/send-by-node.ts'
import { type GatewayOptions, serveGateway } from '../../src/gateway/server.ts'
import { createTotals } from '../../src/gateway/totals.ts'
import { json, type Seen, stubServer } from './stub.ts'

const TOKEN = 'a-token-of-forty-three-characters-or-so-0001'
const KEY = 'VENICE_INFERENCE_KEY_secret'
const PROMPT = 'the prompt nobody may see'
const body = JSON.stringify({ model: 'm', messages: [{ role: 'user', content: PROMPT }] })

type Answer = Parameters<typeof stubServer>[0]
const fine: Answer = (_, response) => void json(response, 200, { id: 'x', cost: { usd: 0.25, diem: 0 } })

async function begin(answer: Answer = fine, options: Partial<GatewayOptions> & { asWallet?: boolean } = {}) {
  const { asWallet = false, ...others } = options
  const venice = await stubServer(answer)
  const clock = serverClock(systemClock)
  const calls: CallReport[] = []
  const totals = createTotals(() => 0)
  const apiUrl = `${venice.url}/api/v1`
  const signer = privateKeySigner(generatePrivateKey(), 'a test')
  const credential = asWallet ? walletCredential(() => Promise.resolve(signer), clock) : keyCredential(KEY)
  const call = createCaller({
    apiUrl,
    clock,
    send: sendByNode,
    credential,
    credit: null,
    onCall(call) {
      calls.push(call)
      totals.call(call)
    },
  })
  const gateway = await serveGateway({
    call,
    token: TOKEN,
    host: '127.0.0.1',
    port: 0,
    report: (openCalls) => ({
      status: { openCalls, ...totals.summary() },
      metrics: totals.metrics({ calls: openCalls, creditUsd: null }),
    }),
    ...others,
  })
  onTestFinished(() => gateway.close())
  const post = (path: string, init: RequestInit = {}) =>
    fetch(`${gateway.url}${path}`, {
      method: 'POST',
      body,
      ...init,
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json', ...init.headers },
    })
  return { venice, gateway, calls, post }
}

/** Sends raw bytes, and reads the answer until the other side closes. */
async function raw(port: number, text: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  let answer = ''
  socket.setEncoding('utf8').on('data', (chunk) => {
    answer += chunk
    if (/^HTTP\/1\.1 [2-5]/.test(answer) && answer.includes('\r\n\r\n')) socket.end()
  })
  socket.write(text)
  await once(socket, 'close')
  return answer
}

const request = (port: number, target: string, { method = 'POST', headers = [] as string[] } = {}) =>
  [
    `${method} ${target} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    `Authorization: Bearer ${TOKEN}`,
    'Content-Type: application/json',
    ...headers,
    `Content-Length: ${body.length}`,
    '',
    body,
  ].join('\r\n')

const CHAT = '/chat/completions'

describe('a call', () => {
  test('goes to Venice with the credential, and with nothing else from the client', async () => {
    const { venice, post } = await begin()
    const headers = {
      cookie: 'a=b',
      'x-forwarded-for': '1.2.3.4',
      'openai-organization': 'org',
      'sign-in-with-x': 'mine',
      'x-payment': 'mine',
    }
    const response = await post(CHAT, { headers })
    expect([response.status, await response.json()]).toEqual([200, { id: 'x', cost: { usd: 0.25, diem: 0 } }])
    const [seen] = venice.seen
    expect([seen?.method, seen?.path, seen?.body]).toEqual(['POST', '/api/v1/chat/completions', body])
    expect(seen?.headers.authorization).toBe(`Bearer ${KEY}`)
    for (const name of Object.keys(headers)) expect(seen?.headers).not.toHaveProperty(name)
  })

  test('is signed in as the wallet, and the gateway token is not forwarded', async () => {
    const { venice, post } = await begin(fine, { asWallet: true })
    expect((await post(CHAT)).status).toBe(200)
    expect(venice.seen[0]?.headers['sign-in-with-x']).toMatch(/^eyJ/)
    expect(JSON.stringify(venice.seen)).not.toContain(TOKEN)
  })

  test.each([
    ['POST', '/v1/responses'],
    ['POST', '/v1/embeddings'],
    ['POST', '/v1/images/generations'],
    ['POST', '/v1/audio/speech'],
    ['POST', '/v1/audio/transcriptions'],
    ['POST', '/api/v1/chat/completions'],
    ['GET', '/v1/models'],
    ['GET', '/v1/models?type=image'],
  ])('can be %s %s', async (method, path) => {
    const { venice, gateway } = await begin()
    const init = { method, headers: { authorization: `Bearer ${TOKEN}` }, ...(method === 'POST' && { body }) }
    const response = await fetch(gateway.url.replace('/v1', path), init)
    expect([response.status, venice.seen[0]?.path]).toEqual([200, path.replace(/^(\/api)?/, '/api')])
  })

  test('that streams is passed on at once, and counted', async () => {
    let more = () => {}
    const { post, calls } = await begin((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write('data: 1\n\n')
      more = () => response.end('data: {"cost":{"usd":0.5,"diem":0}}\n\ndata: [DONE]\n\n')
    })
    const response = await post(CHAT)
    expect(response.headers.get('content-type')).toBe('text/event-stream')
    const reader = response.body?.getReader()
    expect(new TextDecoder().decode((await reader?.read())?.value)).toBe('data: 1\n\n')
    more()
    while (!(await reader?.read())?.done);
    expect(calls).toMatchObject([{ route: 'POST /chat/completions', status: 200, costUsd: 0.5, isWhole: true }])
  })

  test('aborted in the middle is aborted at Venice too', async () => {
    let closed: Promise<unknown> = Promise.resolve()
    const { post } = await begin((_, response) => {
      closed = once(response, 'close')
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write('data: 1\n\n')
    })
    const controller = new AbortController()
    const response = await post(CHAT, { signal: controller.signal })
    await response.body?.getReader().read()
    controller.abort()
    await closed
  })

  test.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ])('whose answer comes as %s, which nobody asked for, is decoded', async (encoding, encode) => {
    const { post, venice } = await begin((_, response) => {
      const headers = { 'content-type': 'application/json', 'content-encoding': encoding }
      response.writeHead(200, headers).end(encode('{"id":"x"}'))
    })
    const response = await post(CHAT)
    expect([response.status, await response.text()]).toEqual([200, '{"id":"x"}'])
    expect(response.headers.get('content-encoding')).toBeNull()
    expect(venice.seen[0]?.headers['accept-encoding']).toBe('identity')
  })

  test.each<[string, Record<string, string>]>([
    ['JSON', { 'content-type': 'application/json', 'content-length': '100' }],
    ['a stream', { 'content-type': 'text/event-stream' }],
    ['JSON that is not the gzip it claims to be', { 'content-type': 'application/json', 'content-encoding': 'gzip' }],
  ])('whose answer breaks off is no whole answer: %s', async (_, headers) => {
    const { post, calls } = await begin((_seen, response) => {
      response.writeHead(200, headers)
      response.write('data: {"id"', () => setImmediate(() => response.destroy()))
    })
    const read = async () => {
      const response = await post(CHAT)
      return response.status === 502 || (await response.text())
    }
    expect(await read().catch(() => 'broken')).toBeOneOf([true, 'broken'])
    await expect.poll(() => calls).toMatchObject([{ isWhole: false, costUsd: null }])
  })

  test('takes the connection of the one before it', async () => {
    const sockets = new Set<unknown>()
    const { post } = await begin((_, response, request) => {
      sockets.add(request.socket)
      json(response, 200, {})
    })
    for (let call = 0; call < 5; call += 1) await (await post(CHAT)).text()
    expect(sockets.size).toBe(1)
  })

  test('aborted before the answer is aborted at Venice too', async () => {
    const controller = new AbortController()
    let closed: Promise<unknown> = Promise.resolve()
    const { post, venice } = await begin((_, response) => {
      closed = once(response, 'close')
      controller.abort()
    })
    await expect(post(CHAT, { signal: controller.signal })).rejects.toThrow()
    await closed
    expect(venice.seen).toHaveLength(1)
  })
})

describe('an error', () => {
  test.each<[string, number, unknown, object]>([
    ['as text', 400, { error: 'model is required' }, { message: 'model is required', type: 'invalid_request_error' }],
    [
      'about a field',
      400,
      { error: 'Invalid request parameters', details: {}, issues: [{ path: ['messages', 0], message: 'Required' }] },
      { message: 'Invalid request parameters messages.0: Required', param: 'messages.0' },
    ],
    [
      'with a code',
      401,
      { error: 'expired', code: 'X402_SIGN_IN_EXPIRED' },
      { type: 'authentication_error', code: 'X402_SIGN_IN_EXPIRED' },
    ],
    [
      'without credit',
      402,
      { error: 'Payment required', code: 'PAYMENT_REQUIRED', currentBalanceUsd: 0.01, minimumBalanceUsd: 0.1 },
      { type: 'insufficient_quota', code: 'PAYMENT_REQUIRED', message: expect.stringContaining('--refill-to') },
    ],
    [
      'in OpenAI’s own shape',
      400,
      {
        error: {
          message: 'too long',
          type: 'invalid_request_error',
          param: 'messages',
          code: 'context_length_exceeded',
        },
      },
      { message: 'too long', param: 'messages', code: 'context_length_exceeded' },
    ],
    ['in a web page', 502, '<html>', { message: 'Venice answered with status 502.', type: 'server_error' }],
  ])('%s has OpenAI’s error shape', async (_, status, sent, error) => {
    const { post } = await begin((_seen, response) => {
      if (typeof sent === 'string') response.writeHead(status, { 'content-type': 'text/html' }).end(sent)
      else json(response, status, sent)
    })
    const response = await post(CHAT)
    expect([response.status, response.headers.get('content-type')]).toEqual([status, 'application/json'])
    expect(await response.json()).toEqual({
      error: { param: null, code: null, message: expect.any(String), type: expect.any(String), ...error },
    })
  })

  test('with status 429 keeps Retry-After and the rate limits, but no internal headers', async () => {
    const headers = {
      'retry-after': '7',
      'x-ratelimit-remaining-requests': '0',
      'set-cookie': 'a=b',
      'payment-required': 'x',
    }
    const { post } = await begin((_, response) => void json(response, 429, { error: 'slow down' }, headers))
    const response = await post(CHAT)
    expect(response.status).toBe(429)
    expect(response.headers.get('retry-after')).toBe('7')
    expect(response.headers.get('x-ratelimit-remaining-requests')).toBe('0')
    expect(response.headers.get('set-cookie')).toBeNull()
    expect(response.headers.get('payment-required')).toBeNull()
  })

  test('of the connection is a 502, and the call is not repeated', async () => {
    const { post, venice } = await begin((_, response) => void response.socket?.destroy())
    const response = await post(CHAT)
    expect([response.status, await response.json()]).toMatchObject([502, { error: { code: 'upstream_unreachable' } }])
    expect(venice.seen).toHaveLength(1)
  })

  test('from a redirect is a 502, and the redirect is not followed', async () => {
    const other = await stubServer(fine)
    const { post } = await begin((_, response) => void response.writeHead(307, { location: other.url }).end())
    const response = await post(CHAT)
    expect([response.status, await response.json()]).toMatchObject([
      502,
      { error: { code: 'venice/redirect-refused' } },
    ])
    expect(other.seen).toEqual([])
  })
})

describe('no request is forwarded', () => {
  const refused = async (seen: readonly Seen[], status: number | undefined, expected: number) =>
    expect([status, seen.length]).toEqual([expected, 0])

  test.each<[string, Record<string, string>, number]>([
    ['with a foreign origin', { origin: 'https://evil.example' }, 403],
    ['with the origin null', { origin: 'null' }, 403],
    ['from a page on this machine', { origin: 'http://127.0.0.1:3000' }, 403],
    ['from another site', { 'sec-fetch-site': 'cross-site' }, 403],
    ['without a token', { authorization: '' }, 401],
    ['with another token', { authorization: `Bearer ${TOKEN.replace('1', '2')}` }, 401],
    ['with part of the token', { authorization: `Bearer ${TOKEN.slice(0, 20)}` }, 401],
    ['with the token in another form', { authorization: `Basic ${TOKEN}` }, 401],
    ['with the API key instead', { authorization: `Bearer ${KEY}` }, 401],
  ])('%s', async (_, headers, expected) => {
    const { post, venice } = await begin()
    const response = await post(CHAT, { headers })
    await refused(venice.seen, response.status, expected)
    expect(response.headers.get('access-control-allow-origin')).toBeNull()
    expect(await response.json()).toMatchObject({ error: { message: expect.any(String), code: expect.any(String) } })
  })

  test.each([
    'evil.example',
    'evil.example:PORT',
    '127.0.0.1.evil.example:PORT',
    'localhost.evil.example:PORT',
    '127.0.0.1:1',
    '127.0.0.1',
    '10.0.0.1:PORT',
    'PORT',
    'user@127.0.0.1:PORT',
    '0x7f000001:PORT',
  ])('with the host %s', async (host) => {
    const { gateway, venice } = await begin()
    const { port } = gateway
    const text = request(port, `/v1${CHAT}`).replace(/^Host: .*$/m, `Host: ${host.replace('PORT', String(port))}`)
    expect(await raw(port, text)).toMatch(/^HTTP\/1\.1 40[03] /)
    expect(venice.seen).toEqual([])
  })

  test.each([
    'http://evil.example/v1/chat/completions',
    'https://api.venice.ai/api/v1/chat/completions',
    '//evil.example/v1/chat/completions',
    '/v1/../api_keys',
    '/v1/%2e%2e/api_keys',
    '/v1/chat/completions/../../api_keys',
    '/v1/chat/%2e%2e/%2e%2e/api_keys',
    '/v1//chat/completions',
    '/v1/chat/completions/',
    '/v1/chat%2fcompletions',
    '/v1/chat\\completions',
    '/v1/chat/completions#/../api_keys',
    '/v1/chat/completions@evil.example',
    '/V1/chat/completions',
    '/v1/api_keys',
    '/v1/api_keys/generate_web3_key',
    '/v1/x402/top-up',
    '/v1/billing/balance',
    '/v1/characters',
    '/v1/crypto/rpc/base-mainnet',
    '/v1/__proto__',
    '/',
    '*',
  ])('to %s', async (target) => {
    const { gateway, venice } = await begin()
    expect(await raw(gateway.port, request(gateway.port, target))).toMatch(/^HTTP\/1\.1 40[0345] /)
    expect(venice.seen).toEqual([])
  })

  test.each(['GET', 'PUT', 'DELETE', 'OPTIONS', 'TRACE'])('by the method %s', async (method) => {
    const { gateway, venice } = await begin()
    expect(await raw(gateway.port, request(gateway.port, `/v1${CHAT}`, { method }))).toMatch(/^HTTP\/1\.1 40[05] /)
    expect(venice.seen).toEqual([])
  })

  test('through a tunnel or an upgrade', async () => {
    const { gateway, venice } = await begin()
    expect(await raw(gateway.port, 'CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example\r\n\r\n')).toBe('')
    const upgrade = ['Connection: Upgrade', 'Upgrade: websocket']
    expect(await raw(gateway.port, request(gateway.port, `/v1${CHAT}`, { headers: upgrade }))).toBe('')
    expect(venice.seen).toEqual([])
  })

  test.each(['by its header', 'in chunks'])('with a body that is too large, %s', async (how) => {
    const { gateway, venice, post } = await begin(fine, { maxBodyBytes: 1_000 })
    if (how === 'by its header') {
      const response = await post(CHAT, { body: 'x'.repeat(1_001) })
      expect([response.status, await response.json()]).toMatchObject([413, { error: { code: 'PAYLOAD_TOO_LARGE' } }])
    } else {
      const text = request(gateway.port, `/v1${CHAT}`).replace(/Content-Length[\s\S]*/, 'Transfer-Encoding: chunked')
      const chunk = `400\r\n${'x'.repeat(0x400)}\r\n`
      expect(await raw(gateway.port, `${text}\r\n\r\n${chunk}`)).toMatch(/^HTTP\/1\.1 413 /)
    }
    expect(venice.seen).toEqual([])
  })

  /** As `request`, without the length of the body; `rest` is sent as it is. */
  const framed = (port: number, rest: string) =>
    request(port, `/v1${CHAT}`).replace(/Content-Length[\s\S]*/, rest.replaceAll('\n', '\r\n'))
  const INNER = 'POST /v1/images/generations HTTP/1.1\nHost: 127.0.0.1:PORT\nContent-Length: 2\n\n{}'

  test.each([
    ['a chunked body with a length', `Transfer-Encoding: chunked\nContent-Length: 4\n\n0\n\n${INNER}`],
    ['a length before chunks', `Content-Length: 4\nTransfer-Encoding: chunked\n\n0\n\n${INNER}`],
    ['two lengths', `Content-Length: 2\nContent-Length: 40\n\n{}${INNER}`],
    ['a length with a sign', `Content-Length: +2\n\n{}${INNER}`],
    ['an unknown encoding', `Transfer-Encoding: xchunked\n\n2\n{}\n0\n\n${INNER}`],
    ['two hosts', 'Host: evil.example\nContent-Length: 2\n\n{}'],
    ['a NUL in a header', 'X-A: a\0b\nContent-Length: 2\n\n{}'],
    ['headers that are too long', `X-A: ${'a'.repeat(20_000)}\nContent-Length: 2\n\n{}`],
    ['an expectation', 'Expect: something\nContent-Length: 2\n\n{}'],
    ['an upgrade to HTTP/2', 'Connection: Upgrade\nUpgrade: h2c\nContent-Length: 2\n\n{}'],
  ])('in the frame of another: %s', async (_, rest) => {
    const { gateway, venice } = await begin()
    const text = framed(gateway.port, rest.replaceAll('PORT', String(gateway.port)))
    expect(await raw(gateway.port, text)).toMatch(/^(?:HTTP\/1\.1 4\d\d |$)/)
    expect(venice.seen.map(({ path }) => path)).toEqual([])
  })

  test('that follows a refused one on the same connection', async () => {
    const { gateway, venice } = await begin()
    const text = request(gateway.port, '/v1/api_keys') + request(gateway.port, `/v1${CHAT}`)
    expect(await raw(gateway.port, text)).toMatch(/^HTTP\/1\.1 404 /)
    expect(venice.seen).toEqual([])
  })

  test('with what is between a caller and its proxy, or with credentials of its own', async () => {
    const { gateway, venice } = await begin()
    const own = [
      'SIGN-IN-WITH-X',
      'X-402',
      'X-402-Payment',
      'PAYMENT-SIGNATURE',
      'X-Payment',
      'X-Api-Key',
      'Cookie',
      'Proxy-Authorization',
      'Forwarded',
      'X-Forwarded-For',
      'X-Forwarded-Host',
      'TE',
      'Keep-Alive',
    ]
    const hop = 'Connection: authorization, content-type, close'
    await raw(
      gateway.port,
      request(gateway.port, `/v1${CHAT}`, { headers: [hop, ...own.map((name) => `${name}: mine`)] }),
    )
    const [seen] = venice.seen
    expect(Object.values(seen?.headers ?? {})).not.toContain('mine')
    expect(seen?.headers).toMatchObject({ authorization: `Bearer ${KEY}`, 'content-type': 'application/json' })
  })

  test('to a host named in a body', async () => {
    const other = await stubServer(fine)
    const { post, venice } = await begin()
    const named = { model: 'm', base_url: other.url, url: other.url, host: other.url, api_url: other.url }
    await post(CHAT, { body: JSON.stringify(named) })
    expect([venice.seen.length, other.seen.length]).toEqual([1, 0])
  })
})

describe('the status page', () => {
  test('contains only numbers, for callers with the token', async () => {
    const { gateway, post } = await begin()
    await post(CHAT)
    const at = (path: string, headers: Record<string, string> = { authorization: `Bearer ${TOKEN}` }) =>
      fetch(gateway.url.replace('/v1', path), { headers })
    expect(await (await at('/status')).json()).toMatchObject({ calls: 1, failed: 0, costUsd: 0.25, openCalls: 0 })
    const metrics = await (await at('/metrics')).text()
    expect(metrics).toContain('venice_gateway_cost_usd_total{route="POST /chat/completions",status="200"} 0.25\n')
    for (const path of ['/status', '/metrics']) expect((await at(path, {})).status).toBe(401)
    for (const secret of [PROMPT, TOKEN, KEY]) expect(metrics).not.toContain(secret)
  })
})

describe('a closing gateway', () => {
  test('finishes running calls, and accepts no new ones', async () => {
    let more = () => {}
    const { gateway, post } = await begin((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write('data: 1\n\n')
      more = () => response.end('data: [DONE]\n\n')
    })
    const response = await post(CHAT)
    let isClosed = false
    const closing = gateway.close().then(() => {
      isClosed = true
    })
    await expect(post(CHAT)).rejects.toThrow()
    expect(isClosed).toBe(false)
    more()
    expect(await response.text()).toBe('data: 1\n\ndata: [DONE]\n\n')
    await closing
  })

  test('a port in use is named in the error', async () => {
    const { gateway } = await begin()
    await expect(begin(fine, { port: gateway.port })).rejects.toMatchObject({ code: 'gateway/not-listening' })
  })
})

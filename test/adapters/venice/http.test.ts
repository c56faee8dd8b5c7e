import { createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import { createHttp, type HttpRequest } from '../../../src/adapters/venice/http.ts'
import { transportError } from '../../../src/adapters/venice/transport-error.ts'
import {
  clock,
  json,
  NOW_MS,
  raw,
  rejection,
  reset,
  resetInBody,
  stallInBody,
  startServer,
  textsOf,
} from './scripted-server.ts'

const SECRET = 'VENICE_INFERENCE_KEY_canary-canary-canary'
const GET: HttpRequest = { method: 'GET', path: '/thing', headers: { authorization: `Bearer ${SECRET}` } }
const NOT_SENT = { mayBeDone: false }
const MAY_BE_DONE = { mayBeDone: true }

/** A loopback port at which nothing listens. */
async function closedPort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}

describe('an exchange', () => {
  it('returns any status, the text, and both clocks', async () => {
    await using server = await startServer(
      json(418, { error: 'teapot' }, { date: new Date(NOW_MS + 7_000).toUTCString() }),
    )
    const reply = await createHttp({ apiUrl: `${server.apiUrl}/`, clock })({ ...GET, query: { address: '0x1' } })
    expect(reply).toMatchObject({ status: 418, text: '{"error":"teapot"}', sentAtMs: NOW_MS, serverMs: NOW_MS + 7_000 })
    expect(reply.request).toBe(`GET ${server.apiUrl}/thing`)
    expect(server.seen[0]).toMatchObject({ method: 'GET', url: '/api/v1/thing?address=0x1' })
  })

  it("uses the local clock for the server's when there is no Date", async () => {
    await using server = await startServer((_, response) => {
      response.removeHeader('date')
      response.sendDate = false
      response.end('{}')
    })
    expect(await createHttp({ apiUrl: server.apiUrl, clock })(GET)).toMatchObject({ serverMs: NOW_MS })
  })

  it('sends a body as JSON', async () => {
    await using server = await startServer(json(200, {}))
    await createHttp({ apiUrl: server.apiUrl, clock })({ method: 'POST', path: '/thing', body: { a: 1, b: undefined } })
    expect(server.seen[0]).toMatchObject({ body: '{"a":1}', headers: { 'content-type': 'application/json' } })
  })

  it('does not follow a redirect, nor send the key there', async () => {
    await using elsewhere = await startServer(json(200, {}))
    for (const status of [301, 302, 303, 307, 308]) {
      await using server = await startServer(raw(status, 'moved', { location: `${elsewhere.apiUrl}/thing` }))
      const error = await rejection(createHttp({ apiUrl: server.apiUrl, clock })(GET))
      expect(error).toMatchObject({ code: 'venice/redirect-refused', ...NOT_SENT })
    }
    expect(elsewhere.seen).toEqual([])
  })

  it('stops reading an answer that is too large', async () => {
    await using server = await startServer(raw(200, 'x'.repeat(2 * 1_048_576)))
    const error = await rejection(createHttp({ apiUrl: server.apiUrl, clock })(GET))
    expect(error).toMatchObject({ code: 'venice/answer-too-large', ...MAY_BE_DONE })
  })

  it.each([
    ['that never begins', () => {}],
    ['that never ends', stallInBody],
  ])('gives up on an answer %s', async (_, script) => {
    await using server = await startServer(script)
    const error = await rejection(createHttp({ apiUrl: server.apiUrl, clock, timeoutMs: 50 })(GET))
    expect(error).toMatchObject({ code: 'venice/timed-out', ...MAY_BE_DONE })
  })

  it.each([
    ['before the answer', reset],
    ['within the answer', resetInBody],
  ])('does not claim that nothing was sent when the connection breaks %s', async (_, script) => {
    await using server = await startServer(script)
    const error = await rejection(createHttp({ apiUrl: server.apiUrl, clock })(GET))
    expect(error).toMatchObject({ code: 'venice/connection-lost', ...MAY_BE_DONE })
  })

  it('reports that nothing was sent when the connection is refused', async () => {
    const apiUrl = `http://127.0.0.1:${await closedPort()}`
    const error = await rejection(createHttp({ apiUrl, clock })(GET))
    expect(error).toMatchObject({ code: 'venice/connection-failed', recovery: 'retry', ...NOT_SENT })
  })

  it('reports that nothing was sent when the handshake fails', async () => {
    await using server = await startServer(json(200, {}))
    const error = await rejection(createHttp({ apiUrl: server.apiUrl.replace('http:', 'https:'), clock })(GET))
    expect(error).toMatchObject({ code: 'venice/tls-failed', ...NOT_SENT })
    expect(server.seen).toEqual([])
  })

  it('rejects with the reason of the abort signal', async () => {
    const stop = new AbortController()
    await using server = await startServer(() => stop.abort(new Error('stopped')))
    const error = await rejection(createHttp({ apiUrl: server.apiUrl, clock })({ ...GET, signal: stop.signal }))
    expect(error).toBe(stop.signal.reason)
  })

  it.each([
    ['an invalid API URL', { apiUrl: 'not a url', headers: GET.headers }],
    ['an API URL with a password', { apiUrl: `http://me:${SECRET}@127.0.0.1`, headers: GET.headers }],
    ['a key of two lines', { apiUrl: 'http://127.0.0.1', headers: { authorization: `Bearer ${SECRET}\n${SECRET}` } }],
  ])('sends nothing with %s, and does not quote it', async (_, { apiUrl, headers = {} }) => {
    const error = await rejection(createHttp({ apiUrl, clock })({ ...GET, headers }))
    expect(error).toMatchObject({ code: 'venice/unsendable-request', recovery: 'fixInput', ...NOT_SENT })
    expect(textsOf(error)).not.toContain('canary')
  })
})

describe('transportError', () => {
  const thrown = (cause: unknown) => new TypeError('fetch failed', { cause })
  const system = (code: string, syscall?: string) => Object.assign(new Error(code), { code, syscall })

  it.each([
    [system('ENOTFOUND', 'getaddrinfo'), 'venice/host-not-found'],
    [system('EAI_AGAIN', 'getaddrinfo'), 'venice/connection-failed'],
    [system('ECONNREFUSED', 'connect'), 'venice/connection-failed'],
    [system('ENETUNREACH', 'connect'), 'venice/connection-failed'],
    [system('UND_ERR_CONNECT_TIMEOUT'), 'venice/connection-failed'],
    [new AggregateError([system('ECONNREFUSED', 'connect')], 'all'), 'venice/connection-failed'],
    [system('DEPTH_ZERO_SELF_SIGNED_CERT'), 'venice/tls-failed'],
    [system('CERT_HAS_EXPIRED'), 'venice/tls-failed'],
    [system('ERR_TLS_CERT_ALTNAME_INVALID'), 'venice/tls-failed'],
  ])('treats %s as proof that nothing was sent', (cause, code) => {
    expect(transportError(thrown(cause), 'GET x')).toMatchObject({ code, ...NOT_SENT })
  })

  it.each([
    [system('ECONNRESET', 'read')],
    [system('EPIPE', 'write')],
    [system('ETIMEDOUT', 'read')],
    [system('UND_ERR_SOCKET')],
    [system('ERR_SSL_SSLV3_ALERT_BAD_RECORD_MAC')],
    [undefined],
  ])('does not treat %s as proof', (cause) => {
    expect(transportError(thrown(cause), 'GET x')).toMatchObject({ code: 'venice/connection-lost', ...MAY_BE_DONE })
  })
})

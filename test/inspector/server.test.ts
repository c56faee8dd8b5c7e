import { once } from 'node:events'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { connect, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createFeed, type Feed } from '../../src/inspector/feed.ts'
import type { InspectorServer } from '../../src/inspector/inspector-server.ts'
import { EMPTY_VIEW, type Step } from '../../src/inspector/model/step.ts'
import { onboardingChart } from '../../src/inspector/run.ts'
import { MAX_STRANGERS, MAX_VIEWERS, serveInspector } from '../../src/inspector/server.ts'

let feed: Feed
let server: InspectorServer
beforeEach(async () => {
  feed = createFeed()
  server = await serveInspector(feed, onboardingChart)
})
afterEach(() => server.close())

interface Given {
  method?: string
  path?: string
  headers?: Record<string, string>
}

/** Sends a request like no browser: the caller sets every header. */
async function ask({ method = 'GET', path, headers = {} }: Given = {}): Promise<IncomingMessage> {
  const url = new URL(server.url)
  const request = httpRequest({
    host: '127.0.0.1',
    port: url.port,
    method,
    path: path ?? `/${url.search}`,
    headers: { host: url.host, ...headers },
  })
  request.end()
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  return response
}

async function textOf(response: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of response.setEncoding('utf8')) text += chunk
  return text
}

const step = (revision: number, note = ''): Step => ({
  kind: 'transition',
  revision,
  pass: 1,
  at: '2026-11-23T00:00:00.000Z',
  from: [],
  to: ['checkBalance.read'],
  cause: 'onboarding.start',
  failure: null,
  view: { ...EMPTY_VIEW, warnings: [note] },
})

/** Messages of a stream, until `count` steps have arrived. */
async function readSteps(
  response: IncomingMessage,
  count: number,
): Promise<{ steps: number; ids: string[]; text: string }> {
  let text = ''
  let steps = 0
  for await (const chunk of response.setEncoding('utf8')) {
    text += chunk
    const messages = text
      .split('\n\n')
      .slice(0, -1)
      .filter((message) => message.includes('event: steps'))
    steps = messages.reduce((sum, message) => sum + JSON.parse(message.split('data: ')[1] ?? '[]').length, 0)
    if (steps >= count) break
  }
  return { steps, ids: [...text.matchAll(/^id: (.+)$/gm)].map(([, id]) => id ?? ''), text }
}

describe('a request gets no answer', () => {
  it.each<[name: string, given: (token: string, port: string) => Given]>([
    ['without the token', () => ({ path: '/' })],
    ['with another token', (token) => ({ path: `/?token=${token.slice(0, -1)}!` })],
    ['with half of the token', (token) => ({ path: `/?token=${token.slice(0, 11)}` })],
    ['with the token in the wrong place', (token) => ({ path: `/${token}` })],
    ['with the token twice', (token) => ({ path: `/?token=${token}&token=${token}` })],
    ['for a foreign host', (_, port) => ({ headers: { host: `evil.example:${port}` } })],
    ['for a host name that begins like ours', (_, port) => ({ headers: { host: `127.0.0.1.evil.example:${port}` } })],
    ['for another port', () => ({ headers: { host: '127.0.0.1:1' } })],
    ['from a foreign origin', () => ({ headers: { origin: 'https://evil.example' } })],
    ['from a page of another port', () => ({ headers: { origin: 'http://127.0.0.1:1' } })],
    ['from an unnamed origin', () => ({ headers: { origin: 'null' } })],
    ['made by another site', () => ({ headers: { 'sec-fetch-site': 'cross-site' } })],
    ['made by another port', () => ({ headers: { 'sec-fetch-site': 'same-site' } })],
    ['with a write method', () => ({ method: 'POST' })],
    ['that asks to write', () => ({ method: 'OPTIONS' })],
    ['for a file', (token) => ({ path: `/../../package.json?token=${token}` })],
    ['for an encoded file', (token) => ({ path: `/%2e%2e%2fpackage.json?token=${token}` })],
    ['for the stream without the token', () => ({ path: '/events' })],
    [
      'for the stream from another site',
      (token) => ({ path: `/events?token=${token}`, headers: { origin: 'https://evil.example' } }),
    ],
  ])('%s', async (_, given) => {
    const url = new URL(server.url)
    feed.push(step(1, 'what nobody else may see'))
    const response = await ask(given(url.searchParams.get('token') ?? '', url.port))
    expect(response.statusCode).toBe(404)
    expect(await textOf(response)).toBe('')
    expect(response.headers['access-control-allow-origin']).toBeUndefined()
  })
})

describe('connections without the token', () => {
  const strangers: Socket[] = []
  afterEach(() => {
    for (const socket of strangers.splice(0)) socket.destroy()
  })
  const open = async (count: number, text: string) => {
    const port = Number(new URL(server.url).port)
    for (let made = 0; made < count; made += 1) {
      const socket = connect(port, '127.0.0.1')
      socket.on('error', () => {}).resume()
      strangers.push(socket)
      await once(socket, 'connect')
      socket.write(text)
    }
  }

  it.each([
    ['send nothing', ''],
    ['never end their request', 'GET / HTTP/1.1\r\n'],
    ['were refused and stay open', 'GET / HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n'],
  ])('that %s keep nobody out who has it, and cut no stream off', async (_, text) => {
    feed.push(step(1))
    const stream = await ask({ path: `/events${new URL(server.url).search}` })
    await open(3 * MAX_STRANGERS, text)
    expect((await ask()).statusCode).toBe(200)
    feed.push(step(2))
    expect((await readSteps(stream, 2)).steps).toBe(2)
  })

  it('are limited in number', async () => {
    await open(2 * MAX_STRANGERS, '')
    await expect.poll(() => strangers.filter(({ destroyed }) => !destroyed).length).toBe(MAX_STRANGERS)
  })
})

describe('the page', () => {
  it('is served on loopback only, under a token of 128 bits', () => {
    const { hostname, searchParams } = new URL(server.url)
    expect(hostname).toBe('127.0.0.1')
    expect(Buffer.from(searchParams.get('token') ?? '', 'base64url')).toHaveLength(16)
  })

  it('allows only its own script, style and stream, and is not cached or framed', async () => {
    const { headers } = await ask({ headers: { host: new URL(server.url).host.replace('127.0.0.1', 'localhost') } })
    const policy = headers['content-security-policy']
    expect(policy).toMatch(
      /^default-src 'none'; script-src 'sha256-[\w+/=]+'; style-src 'sha256-[\w+/=]+'; img-src data:; connect-src 'self';/,
    )
    expect(policy).not.toMatch(/unsafe|https?:/)
    expect(headers).toMatchObject({
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
    })
  })

  it('names no other host', async () => {
    const html = await textOf(await ask())
    const addresses = [...html.matchAll(/https?:\/\/[\w.-]+/g)].map(([address]) => address)
    expect(addresses.filter((address) => address !== 'http://www.w3.org')).toEqual([])
  })
})

describe('the stream', () => {
  const events = (headers = {}) => ask({ path: `/events${new URL(server.url).search}`, headers })

  it('continues after the last step that was seen', async () => {
    for (let revision = 1; revision <= 5; revision += 1) feed.push(step(revision))
    const first = await readSteps(await events(), 5)
    expect(first.ids).toEqual([`${feed.epoch}.4`])
    feed.push(step(6))
    const second = await readSteps(await events({ 'last-event-id': first.ids[0] ?? '' }), 1)
    expect(second).toMatchObject({ steps: 1, ids: [`${feed.epoch}.5`] })
  })

  it.each(['other.4', '4', '', `${'9'.repeat(400)}`, '-1', 'x'])('starts again for an unknown id: %j', async (id) => {
    feed.push(step(1))
    expect((await readSteps(await events({ 'last-event-id': id }), 1)).steps).toBe(1)
  })

  it('tells its viewer to forget the steps when another run replaces them', async () => {
    feed.push(step(1))
    const response = await events()
    await once(response, 'readable')
    feed.reset({ runId: 'another' })
    feed.push(step(1))
    const { text } = await readSteps(response, 2)
    expect(text.match(/event: hello/g)).toHaveLength(2)
    expect(text).toContain('"runId":"another"')
  })

  it('waits for a slow viewer without buffering for it', async () => {
    const response = await events()
    response.pause()
    const note = 'x'.repeat(500)
    for (let revision = 1; revision <= 10_000; revision += 1) feed.push(step(revision, `${note}${revision}`))
    expect(await readSteps(response, 10_000)).toMatchObject({ steps: 10_000 })
  })

  it('has a limited number of viewers, and accepts another when one has left', async () => {
    const viewers = await Promise.all(Array.from({ length: MAX_VIEWERS }, () => events()))
    const refused = await events()
    expect(refused.statusCode).toBe(503)
    viewers[0]?.destroy()
    await expect
      .poll(async () => {
        const response = await events()
        const { statusCode } = response
        response.destroy()
        return statusCode
      })
      .toBe(200)
    for (const viewer of viewers) viewer.destroy()
  })

  it('gives every viewer the last step before it ends', async () => {
    const response = await events()
    const reading = textOf(response)
    feed.push(step(1, 'the last'))
    await server.close()
    expect(await reading).toMatch(/the last[\s\S]*event: end/)
  })
})

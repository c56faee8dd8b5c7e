import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { requestEarly } from '../../src/adapters/early-request.ts'

const headers = { 'content-type': 'application/json' }
const asking = (body: string, signal?: AbortSignal) => ({ method: 'POST', headers, body, ...(signal && { signal }) })

/** Answers each request with its number and its body, once `mayAnswer` is called. */
async function startServer({ isHeld = false } = {}) {
  let count = 0
  const held: (() => void)[] = []
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    count += 1
    const text = `${count} ${body}`
    const answer = () => void response.end(text)
    if (isHeld) held.push(answer)
    else answer()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server, count: () => count }
}

test('hands its answer to the same request, once', async () => {
  const { url, count } = await startServer()
  const early = requestEarly(url, 'body')
  const first = await (await early.fetch(url, asking('body'))).text()
  const second = await (await early.fetch(url, asking('body'))).text()
  expect([first, second, count()]).toEqual(['1 body', '2 body', 2])
})

test.each([
  ['another body', (url: string) => [url, asking('other')] as const],
  ['another URL', (url: string) => [`${url}/path`, asking('body')] as const],
  ['other headers', (url: string) => [url, { ...asking('body'), headers: { ...headers, a: 'b' } }] as const],
])('hands nothing to a request with %s', async (_, request) => {
  const { url } = await startServer()
  const early = requestEarly(url, 'body')
  const [input, init] = request(url)
  // The early one may arrive second, or not at all: it is given up.
  expect(await (await early.fetch(input, init)).text()).toMatch(new RegExp(`^[12] ${init.body}$`))
})

test('is given up with the request that waits for it', async () => {
  const { url, server } = await startServer({ isHeld: true })
  const early = requestEarly(url, 'body')
  await once(server, 'request')
  const pause = new AbortController()
  const answer = early.fetch(url, asking('body', pause.signal))
  pause.abort(new Error('paused'))
  await expect(answer).rejects.toThrow('paused')
})

test('is given up at the end where nobody has asked', async () => {
  const { url, server } = await startServer({ isHeld: true })
  const early = requestEarly(url, 'body')
  const [request] = await once(server, 'request')
  early.end()
  await once(request.socket, 'close')
})

test('fails for who asks, and for nobody else', async () => {
  const early = requestEarly('http://127.0.0.1:9', 'body')
  await new Promise((resolve) => setImmediate(resolve))
  await expect(early.fetch('http://127.0.0.1:9', asking('body'))).rejects.toThrow()
})

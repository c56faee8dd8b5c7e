import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { beforeAll, expect, onTestFinished, test } from 'vitest'
import { eventsOf } from '../support/cli.ts'
import { useSandbox } from '../support/sandbox.ts'

// Regression: issue 18, number 5 — a wrong API URL, a block page or a dead host was noticed after the VVV was locked.
const lab = useSandbox()

type Answer = { status: number; body: string; headers?: Record<string, string> }
const page = (title: string) =>
  `<!DOCTYPE html><html lang="en-US"><head><title>${title}</title></head><body></body></html>`
const html = { 'content-type': 'text/html; charset=UTF-8' }
const json = { 'content-type': 'application/json' }

async function serverThat(answer: Answer): Promise<string> {
  const server = createServer((_: IncomingMessage, reply: ServerResponse) => {
    reply.writeHead(answer.status, answer.headers ?? json).end(answer.body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v1`
}

const WRONG: [string, Answer, number, string][] = [
  ['a missing route', { status: 404, body: '{"error":"Not found"}' }, 78, 'venice/not-found'],
  ['a web page', { status: 200, body: page('Welcome'), headers: html }, 78, 'venice/html-answer'],
  ['the answer of another API', { status: 200, body: '{"status":"ok"}' }, 1, 'venice/unexpected-shape'],
  ["Cloudflare's block page", { status: 403, body: page('Attention Required!'), headers: html }, 75, 'browser-check'],
  [
    "Cloudflare's challenge page",
    { status: 403, body: page('Just a moment...'), headers: { ...html, 'cf-mitigated': 'challenge' } },
    75,
    'browser-check',
  ],
  [
    'an older block page of Cloudflare',
    { status: 503, body: page('Just a moment...'), headers: html },
    75,
    'browser-check',
  ],
  ["a company's block page", { status: 403, body: page('Access Denied'), headers: html }, 78, 'venice/blocked'],
]

test.each(WRONG)('%s is found before anything is signed', async (_, answer, exit, code) => {
  const journey = await lab.begin()
  const apiUrl = await serverThat(answer)
  const running = journey.startCommand(['run', '--yes', '--ndjson', '--api-url', apiUrl])
  // A temporary failure is waited out, for minutes: a signal pauses the run.
  const isTemporary = exit === 75
  if (isTemporary) await running.event((event) => JSON.stringify(event).includes(code))
  const run = await (isTemporary ? running.kill('SIGTERM') : running.done)
  expect(JSON.stringify(eventsOf(run))).toContain(code)
  expect(run.code).toBe(isTemporary ? 143 : exit)
  expect(await journey.onChain()).toMatchObject({ transactions: 0, allowance: 0n, sVvv: 0n })
  const doctor = await journey.command(['doctor', '--json', '--api-url', apiUrl])
  const checks = doctor.json.checks as { name: string; status: string }[]
  expect(checks.find(({ name }) => name === 'venice')).toMatchObject({ status: 'fail' })
})

let nobody = ''
beforeAll(async () => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  nobody = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v1`
  await new Promise((resolve) => server.close(resolve))
})

test.each([
  ['without /api/v1', (url: string) => url.replace(/\/api\/v1$/, ''), [], 78],
  ['with another path', (url: string) => `${url}/v2`, [], 78],
  ['of a host where nothing listens', () => nobody, ['--timeout', '2s'], 3],
])('an API URL %s is found before anything is signed', async (_, changed, words, exit) => {
  const journey = await lab.begin()
  const apiUrl = changed(lab.sandbox.apiUrl)
  const run = await journey.command(['run', '--yes', '--json', '--api-url', apiUrl, ...words])
  expect(run.code).toBe(exit)
  expect(await journey.onChain()).toMatchObject({ transactions: 0, allowance: 0n, sVvv: 0n })
  const doctor = await journey.command(['doctor', '--json', '--api-url', apiUrl])
  expect((doctor.json.checks as { name: string }[]).find(({ name }) => name === 'venice')).toMatchObject({
    status: 'fail',
  })
})

test('a working server gets one request for a challenge, ahead of time', async () => {
  const journey = await lab.begin()
  expect((await journey.run()).code).toBe(0)
  expect(lab.sandbox.venice.requests.count('GET /api_keys/generate_web3_key')).toBe(1)
})

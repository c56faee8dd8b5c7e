import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, it, onTestFinished, test } from 'vitest'
import { createCapabilities } from '../../src/adapters/chain/capabilities.ts'
import { createChain } from '../../src/adapters/chain/create-chain.ts'
import { createHeads } from '../../src/adapters/chain/heads.ts'
import { createLink } from '../../src/adapters/chain/link.ts'
import type { Outcome } from '../../src/adapters/chain/rpc-call.ts'
import { readError } from '../../src/adapters/chain/rpc-errors.ts'
import { systemClock } from '../../src/adapters/clock.ts'
import { createHttp } from '../../src/adapters/venice/http.ts'
import { setting } from '../../src/domain/next-action.ts'
import type { OnboardingError } from '../../src/errors/base.ts'
import { rpcServer } from '../adapters/chain/rpc-server.ts'
import { startCli } from '../support/cli.ts'
import { useSandbox } from '../support/sandbox.ts'

// Regression: issue 18, number 30 — https for http, and an unknown host, were reported as "try again later".
const URL_IN_USE = 'https://rpc.example'
type Answer = (() => Promise<Response>) | 'real'
const failing = (code: string, syscall?: string) => () =>
  Promise.reject(new TypeError('fetch failed', { cause: Object.assign(new Error(code), { code, syscall }) }))
const answering = async () => new Response('{"jsonrpc":"2.0","id":1,"result":"0x2105"}')

/** Errors of an RPC endpoint, and of Venice, that answer each request with the next of `answers`. */
function asking(url: string, ...answers: Answer[]) {
  const fetchOf = () => {
    const left = [...answers]
    return () => {
      const next = left.shift() ?? 'real'
      return next === 'real' ? fetch(url, { method: 'POST' }) : next()
    }
  }
  const link = createLink(
    { url, batchSize: 1, fetch: fetchOf() },
    {
      timeoutMs: 5_000,
      capabilities: createCapabilities(),
      scrub: (text) => text,
      clock: systemClock,
      seen: () => {},
    },
  )
  const http = createHttp({ apiUrl: url, clock: systemClock, fetch: fetchOf() })
  return {
    async rpc(): Promise<OnboardingError> {
      const { signal } = new AbortController()
      const outcome = await new Promise<Outcome>((resolve) => {
        void link.ask([{ method: 'eth_chainId' }], { signal, settle: (_, settled) => resolve(settled) })
      })
      return readError('error' in outcome ? outcome.error : undefined)
    },
    venice: (): Promise<OnboardingError | null> =>
      http({ method: 'GET', path: '/x' }).then(
        () => null,
        (error) => error,
      ),
  }
}

const LASTING: [string, string | undefined, string][] = [
  ['ENOTFOUND', 'getaddrinfo', 'chain/rpc-host-not-found'],
  ['ERR_SSL_WRONG_VERSION_NUMBER', undefined, 'chain/rpc-tls-failed'],
  ['ERR_SSL_PACKET_LENGTH_TOO_LONG', undefined, 'chain/rpc-tls-failed'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', undefined, 'chain/rpc-tls-failed'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', undefined, 'chain/rpc-tls-failed'],
  ['ERR_SSL_TLSV1_UNRECOGNIZED_NAME', undefined, 'chain/rpc-tls-failed'],
]

it.each(LASTING)('%s at a host that never answered is a permanent configuration error', async (code, syscall, name) => {
  const asked = asking(URL_IN_USE, failing(code, syscall))
  expect(await asked.rpc()).toMatchObject({
    code: name,
    exit: 'config',
    hint: expect.arrayContaining([setting('rpcUrl')]),
  })
  expect(await asked.venice()).toMatchObject({
    code: name.replace('chain/rpc-', 'venice/'),
    exit: 'config',
    hint: expect.arrayContaining([setting('apiUrl')]),
  })
})

it.each(LASTING)('%s at a host that has answered is temporary', async (code, syscall) => {
  const asked = asking(URL_IN_USE, answering, failing(code, syscall))
  await asked.rpc()
  expect(await asked.rpc()).toMatchObject({ code: 'chain/rpc-unreachable', recovery: 'retry' })
  const again = asking(URL_IN_USE, answering, failing(code, syscall))
  await again.venice()
  expect(await again.venice()).toMatchObject({ code: 'venice/connection-failed', recovery: 'retry' })
})

it.each([
  ['EAI_AGAIN', 'getaddrinfo', 'chain/rpc-unreachable'],
  ['ECONNREFUSED', 'connect', 'chain/rpc-unreachable'],
  ['EHOSTUNREACH', 'connect', 'chain/rpc-unreachable'],
  ['UND_ERR_CONNECT_TIMEOUT', undefined, 'chain/rpc-unreachable'],
  ['ECONNRESET', 'read', 'chain/rpc'],
])('%s is temporary', async (code, syscall, name) => {
  const asked = asking(URL_IN_USE, failing(code, syscall))
  expect(await asked.rpc()).toMatchObject({ code: name, exit: 'transient', recovery: 'retry' })
  expect(await asked.venice()).toMatchObject({ exit: 'transient', recovery: 'retry' })
})

async function plainServer(): Promise<string> {
  const server = createServer((_, response) => response.end())
  onTestFinished(() => void server.close())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

it('https to a plain http port is reported as such', async () => {
  const asked = asking(`https://${await plainServer()}`, 'real')
  expect(await asked.rpc()).toMatchObject({ code: 'chain/rpc-tls-failed', exit: 'config' })
  expect(await asked.venice()).toMatchObject({ code: 'venice/tls-failed', exit: 'config' })
})

it('a port that fetch blocks is reported as such', async () => {
  const asked = asking('http://127.0.0.1:6000', 'real')
  expect(await asked.rpc()).toMatchObject({ code: 'chain/rpc-port-refused', exit: 'config' })
  expect(await asked.venice()).toMatchObject({ code: 'venice/unsendable-request', exit: 'config' })
})

it.each([
  ['speaks no TLS', async () => `wss://${await plainServer()}`, /secure/],
  ['serves no WebSockets', async () => `ws://${await plainServer()}`, /HTTP 200|no connection/],
  ['is unreachable', async () => 'ws://127.0.0.1:1', /no connection/],
])('an announcer that %s is reported with the reason', async (_, url, why) => {
  const heads = createHeads(await url())
  const stop = heads.follow(() => {})
  onTestFinished(stop)
  await expect.poll(() => heads.fault()).toMatch(why)
})

test('one wrong endpoint of several ends nothing, and is named', async () => {
  const good = await rpcServer(({ method }) => ({ result: method === 'eth_chainId' ? '0x2105' : null }))
  const other = await rpcServer(() => ({ result: '0x1' }))
  const wrong = ['https://nobody.invalid', 'http://127.0.0.1:1', other.url]
  const chain = createChain({ rpcUrls: [...wrong, good.url], clock: systemClock })
  const faults = (await chain.endpointFaults?.()) ?? []
  expect(faults.map(({ endpoint }) => endpoint).sort()).toEqual([...wrong].sort())
  expect(faults.find(({ endpoint }) => endpoint === other.url)?.error.code).toBe('chain/wrong-chain')
})

const lab = useSandbox()

test.each([
  ['RPC', (wrong: string) => ['--rpc-url', wrong, '--api-url', lab.sandbox.apiUrl], 'chain/rpc-tls-failed'],
  ['API', (wrong: string) => ['--rpc-url', lab.sandbox.rpcUrl, '--api-url', `${wrong}/api/v1`], 'venice/tls-failed'],
])('a run with the wrong scheme in its %s URL ends at once as a configuration error', async (_, ends, code) => {
  const { cwd, privateKey } = await lab.begin()
  const words = ['run', '--network', 'base', '--yes', '--json', ...ends(`https://${await plainServer()}`)]
  const run = await startCli(words, { cwd, env: { WALLET_PRIVATE_KEY: privateKey } }).done
  expect(run.code).toBe(78)
  expect(run.json.failure).toMatchObject({ code })
})

test('a run with one wrong endpoint of two gets its key, and doctor names the wrong one', async () => {
  const journey = await lab.begin()
  const wrong = `https://${await plainServer()}`
  const doctor = await journey.command(['doctor', '--json', '--rpc-url', wrong])
  expect(doctor.json.checks).toContainEqual(
    expect.objectContaining({ name: 'endpoint', status: 'warn', detail: expect.stringContaining(wrong) }),
  )
  expect((await journey.run(['--rpc-url', wrong])).code).toBe(0)
})

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { createVeniceClient } from '../../src/adapters/venice/client.ts'
import { serverClock } from '../../src/adapters/venice/server-clock.ts'
import { drawnUp } from '../../src/domain/payment.ts'
import { signInWithX } from '../../src/gate/sign-in.ts'
import { clockCommand } from '../../src/operations/checks.ts'
import { ADDRESS, payment } from '../support/samples.ts'

// Regression: issue 18, number 12 — with a clock 45 s ahead the key was minted, and x402 was refused.
const SERVER_MS = Date.UTC(2026, 10, 30, 12)
const SIGNER = { address: ADDRESS, signMessage: async () => `0x${'1'.repeat(130)}` as const }
const TERMS = {
  x402Version: 2,
  accepts: [
    {
      ...{ scheme: 'exact', network: 'eip155:8453', asset: payment().asset, amount: '5000000' },
      ...{ payTo: payment().to, maxTimeoutSeconds: 300, extra: { name: 'USD Coin', version: '2' } },
    },
  ],
}

/** Venice, as strict about times as it documents: nothing of its future, nothing older than five minutes. */
async function venice() {
  const seen: { issuedMs: number; status: number }[] = []
  const server = createServer((request, response) => {
    response.setHeader('date', new Date(SERVER_MS).toUTCString()).setHeader('content-type', 'application/json')
    const header = request.headers['sign-in-with-x']
    if (header === undefined) return response.writeHead(402).end(JSON.stringify(TERMS))
    const { message } = JSON.parse(atob(String(header))) as { message: string }
    const issuedMs = Date.parse(/Issued At: (.*)/.exec(message)?.[1] ?? '')
    const isTimely = issuedMs <= SERVER_MS + 30_000 && issuedMs >= SERVER_MS - 300_000
    const status = isTimely ? 200 : 401
    seen.push({ issuedMs, status })
    const data = { success: true, data: { balanceUsd: 5, canConsume: true } }
    const refusal = { error: 'Authentication failed', code: 'X402_SIGN_IN_FUTURE_TIMESTAMP' }
    response.writeHead(status).end(JSON.stringify(isTimely ? data : refusal))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return { seen, apiUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v1` }
}

function clientAt(apiUrl: string, aheadMs: number) {
  const clock = { now: () => SERVER_MS + aheadMs, id: () => 'nonce-of-sixteen' }
  const time = serverClock(clock)
  const signIn = () => signInWithX(SIGNER, time)
  return createVeniceClient({ apiUrl, clock, serverClock: time, signIn })
}

const AHEAD = [45_000, -320_000, 9 * 60_000, -9 * 60_000]

it.each(AHEAD)('a clock %i ms ahead signs in with the time of an earlier answer', async (aheadMs) => {
  const { apiUrl, seen } = await venice()
  const client = clientAt(apiUrl, aheadMs)
  await client.paymentTerms()
  expect(await client.walletCredit(ADDRESS)).toMatchObject({ canConsume: true })
  expect(seen).toEqual([{ issuedMs: SERVER_MS, status: 200 }])
})

it.each(AHEAD)('a clock %i ms ahead signs in a second time when its error was unknown', async (aheadMs) => {
  const { apiUrl, seen } = await venice()
  expect(await clientAt(apiUrl, aheadMs).walletCredit(ADDRESS)).toMatchObject({ canConsume: true })
  expect(seen).toEqual([
    { issuedMs: SERVER_MS + aheadMs, status: 401 },
    { issuedMs: SERVER_MS, status: 200 },
  ])
})

it.each(AHEAD)('a payment from a clock %i ms ahead is valid by Venice’s clock', async (aheadMs) => {
  const { apiUrl } = await venice()
  const { skewMs = 0, ...terms } = await clientAt(apiUrl, aheadMs).paymentTerms()
  const nowMs = SERVER_MS + aheadMs + skewMs
  const { from, nonce } = payment()
  expect(drawnUp(terms, { from, nonce, value: 1n, toward: 1n, nowMs }).validBefore).toBe(SERVER_MS / 1_000 + 300)
})

it.each([0, 1_500, -1_500])(
  'a clock %i ms ahead is not corrected, because a date counts whole seconds',
  async (aheadMs) => {
    const { apiUrl, seen } = await venice()
    const client = clientAt(apiUrl, aheadMs)
    await client.paymentTerms()
    await client.walletCredit(ADDRESS)
    expect(seen[0]?.issuedMs).toBe(SERVER_MS + aheadMs)
  },
)

it.each([11 * 60_000, -11 * 60_000, 365 * 86_400_000])(
  'a server whose time differs by %i ms is not followed',
  async (aheadMs) => {
    const { apiUrl, seen } = await venice()
    const client = clientAt(apiUrl, aheadMs)
    await client.paymentTerms()
    await expect(client.walletCredit(ADDRESS)).rejects.toMatchObject({ code: 'venice/sign-in-clock' })
    expect(seen.map(({ issuedMs }) => issuedMs)).toEqual([SERVER_MS + aheadMs])
  },
)

it.each([
  ['linux', 'timedatectl'],
  ['darwin', 'sntp'],
  ['win32', 'w32tm'],
  ['freebsd', 'NTP'],
] as const)('on %s the hint sets the clock with %s', (platform, command) => {
  expect(clockCommand(platform)).toContain(command)
})

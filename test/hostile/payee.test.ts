import { describe, expect, test } from 'vitest'
import { ADDRESSES } from '../../src/domain/addresses.ts'
import { runCli } from '../support/cli.ts'
import { asksFor, TOP_UP, UNLIMITED, usdcOf, WITH_USDC } from '../support/payments.ts'
import { type Exchange, type Reply, startRecordingProxy } from '../support/recording-proxy.ts'
import { useSandbox } from '../support/sandbox.ts'
import { startLiar } from './liars.ts'

const lab = useSandbox(UNLIMITED)
const OTHER = '0x000000000000000000000000000000000000dEaD'
/** Exit codes of runs that can be resumed: wait, or try again. */
const LATER = [3, 75]
const RUNS = 2

type Answer = (exchange: Exchange) => Reply | undefined

/** A wallet with a key and USDC, and a run that pays $5 over `rpcUrl` to a payee that answers as `answer` says. */
async function beginPaying(answer: Answer, rpcUrl = lab.sandbox.rpcUrl) {
  const journey = await lab.begin(WITH_USDC)
  await journey.run()
  const payee = await startRecordingProxy(lab.sandbox.apiUrl, answer)
  const ends = ['--network', 'base', '--rpc-url', rpcUrl, '--api-url', payee.url]
  return {
    run: (...more: string[]) =>
      runCli(['run', ...ends, '--yes', '--json', '--fund', 'x402:5', ...more], {
        cwd: journey.cwd,
        env: { WALLET_PRIVATE_KEY: journey.privateKey },
      }),
    /** Signed authorisations, as they were posted. */
    signed: () => [...new Set(payee.exchanges.flatMap(({ payment }) => payment || []))],
    /** Dollars transferred. */
    moved: async () => Number(WITH_USDC.usdc - (await usdcOf(lab.sandbox, journey.address))) / 1e6,
  }
}

/** Settles an authorisation that the payee has kept. */
const settle = (payment: string) =>
  fetch(`${lab.sandbox.apiUrl}/x402/top-up`, { method: 'POST', headers: { 'payment-signature': payment } })

/** A payee that keeps the authorisation, and says that settlement takes long. */
const keeps: Answer = ({ payment }) =>
  payment === '' ? undefined : { status: 504, body: { error: 'SETTLEMENT_TIMEOUT', message: 'Try again.' } }

describe('a payee that does not settle at once', () => {
  test.each([
    ['far ahead', 5_000],
    ['so little ahead that they may be true', 100],
    ['behind', -5_000],
  ])('gets only one authorisation, although the endpoint’s block times are %s', async (_, seconds) => {
    const url = await startLiar(lab.sandbox, async (request, node) => {
      const answer = await node(request)
      if (request.method !== 'eth_getBlockByNumber' || !('result' in answer)) return answer
      const block = answer.result as { timestamp: string }
      return { result: { ...block, timestamp: `0x${(Number(block.timestamp) + seconds).toString(16)}` } }
    })
    const { run, signed, moved } = await beginPaying(keeps, url)
    for (let index = 0; index < RUNS; index += 1) {
      const { code, json } = await run('--max-usd', '5', '--timeout', '3s')
      expect(LATER).toContain(code)
      // What may move counts as spent.
      expect(Number(json.spent?.usd)).toBeGreaterThanOrEqual(5)
    }
    expect(signed()).toHaveLength(1)
    for (const payment of signed()) await settle(payment)
    expect(await moved()).toBe(5)
  })
})

describe('a payee that', () => {
  const own = Symbol('the wallet itself')

  test.each<[string, string | typeof own]>([
    ['has no known key', '0x0000000000000000000000000000000000000000'],
    ['is the coin itself', ADDRESSES.usdc],
    ['is the staking contract', ADDRESSES.staking],
    ['is the VVV token', ADDRESSES.vvv],
    ['is the wallet', own],
  ])('%s is not paid', async (_, payTo) => {
    const journey = await lab.begin(WITH_USDC)
    await journey.run()
    lab.fault(TOP_UP, asksFor({ payTo: payTo === own ? journey.address : payTo }), { times: Number.POSITIVE_INFINITY })
    const run = await journey.run(['--fund', 'x402:5'])
    expect([run.code, run.json.failure?.code, run.json.payments]).toEqual([5, 'x402/terms-refused', []])
    expect(await usdcOf(lab.sandbox, journey.address)).toBe(WITH_USDC.usdc)
  })

  test.each([
    ['names another recipient', { payTo: OTHER }],
    ['asks for more', { amount: '6000000' }],
    ['asks for another coin', { asset: ADDRESSES.vvv }],
    ['asks on another chain', { network: 'eip155:1' }],
  ])('%s after its first answer gets no signature, however often it asks', async (_, change) => {
    let asked = 0
    const changed = asksFor(change) as { status: number; body: unknown }
    const { run, signed, moved } = await beginPaying(({ method, path }) => {
      if (method !== 'POST' || !path.endsWith('/x402/top-up')) return undefined
      asked += 1
      return asked === 1 ? undefined : changed
    })
    for (let index = 0; index < 2; index += 1) {
      const { code } = await run()
      expect(code).toBe(5)
    }
    expect(signed()).toEqual([])
    expect(await moved()).toBe(0)
  })
})

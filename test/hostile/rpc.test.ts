import { join } from 'node:path'
import { type Hex, parseEther, parseTransaction, toHex } from 'viem'
import { describe, expect, test, vi } from 'vitest'
import { ADDRESSES } from '../../src/domain/addresses.ts'
import { MOST_TIP_WEI } from '../../src/domain/fees.ts'
import { onboard } from '../../src/library/onboard.ts'
import type { OnboardOptions } from '../../src/library/options.ts'
import { DIEM_FUNDS, diemOf } from '../support/diem-actions.ts'
import { type Journey, MINT, useSandbox } from '../support/sandbox.ts'
import { stake } from '../support/wallet-actions.ts'
import { misquoted, receiptOf, startKeeper, startLiar } from './liars.ts'

// Timeouts of minutes pass at once, so that an endpoint can outlast them.
vi.mock('../../src/adapters/clock.ts', async (original) => {
  const { systemClock } = await original<typeof import('../../src/adapters/clock.ts')>()
  const { skippingClock } = await import('../support/skipping-clock.ts')
  return { systemClock: skippingClock(systemClock) }
})

const lab = useSandbox()
const ONE = parseEther('1')
/** How often a persistent user runs the command. */
const RUNS = 2

const runAt = (rpcUrl: string, { privateKey, cwd }: Journey, options: Partial<OnboardOptions> = {}) =>
  onboard({
    signer: privateKey,
    network: { rpcUrl, apiUrl: lab.sandbox.apiUrl },
    sink: `env-file:${join(cwd, '.env')}`,
    stateDir: join(cwd, 'runs'),
    ...options,
  })

async function runAgain(times: number, run: () => ReturnType<typeof onboard>) {
  const results = []
  for (let index = 0; index < times; index += 1) results.push(await run())
  return results
}

describe('an endpoint that withholds transactions', () => {
  test('and reports their nonces as used by others gets at most the requested stake', {
    timeout: 180_000,
  }, async () => {
    const journey = await lab.begin()
    const keeper = await startKeeper(lab.sandbox)
    const results = [await runAt(keeper.url, journey), await runAt(keeper.url, journey, { budget: { maxVvv: '1' } })]
    for (const { failure } of results)
      expect(failure?.code).toMatch(/^(chain\/transaction-superseded|policy\/signed-bytes-alive)$/)
    expect(keeper.kept.length).toBeGreaterThan(2)
    expect(keeper.kept.map(parseTransaction).filter(({ to }) => to === ADDRESSES.staking.toLowerCase())).toHaveLength(1)
    await keeper.release()
    expect((await journey.onChain()).sVvv).toBe(ONE)
    expect(lab.sandbox.venice.requests.count(MINT)).toBe(0)
  })

  test('and invents receipts of reverts ends the run, which does not stake again by itself', async () => {
    const journey = await lab.begin()
    const { chain } = lab.sandbox
    const keeper = await startKeeper(lab.sandbox, async ({ method, params }, kept) => {
      if (method !== 'eth_getTransactionReceipt' || kept.length === 0) return undefined
      const block = await chain.public.getBlock()
      return receiptOf(params[0] as Hex, { from: journey.address, block, status: '0x0' })
    })
    const { failure } = await runAt(keeper.url, journey)
    expect(failure?.code).toBe('chain/transaction-reverted')
    expect(noncesOf(keeper.kept)).toEqual([0, 1])
    await keeper.release()
    expect((await journey.onChain()).sVvv).toBe(ONE)
  })

  test('and shows receipts of other transactions gets no mint and at most the requested stake', async () => {
    const [journey, other] = [await lab.begin(), await lab.begin()]
    const { chain } = lab.sandbox
    const theirs = await stake(lab.sandbox, other, ONE)
    const keeper = await startKeeper(lab.sandbox, async ({ method, params }, kept) => {
      if (method !== 'eth_getTransactionReceipt' || kept.length === 0) return undefined
      const receipt = await chain.public.request({ method, params: [theirs] })
      return { ...receipt, transactionHash: params[0] }
    })
    await runAgain(RUNS, () => runAt(keeper.url, journey))
    expect(journey.storedKey()).toBeNull()
    await keeper.release()
    expect((await journey.onChain()).sVvv).toBeLessThanOrEqual(ONE)
  })
})

const noncesOf = (kept: readonly Hex[]) => kept.map((raw) => parseTransaction(raw).nonce)

describe('an endpoint that invents fees', () => {
  /** Wei per gas: 100 gwei, at which two transactions cost most of what the wallet has. */
  const INVENTED = '0x174876e800'

  test.each(['plan and run', 'only the run'])('gets a priority fee of at most the cap: lies to %s', async (when) => {
    const journey = await lab.begin()
    const tips = () => {
      for (const method of ['eth_maxPriorityFeePerGas', 'eth_feeHistory'])
        lab.fault(method, { kind: 'rpcResult', result: INVENTED }, { times: Number.POSITIVE_INFINITY })
    }
    if (when === 'plan and run') tips()
    const { planDigest } = (await journey.command(['plan', '--json'])).json
    if (when === 'only the run') tips()
    const before = await lab.sandbox.chain.public.getBalance(journey)
    const run = await journey.command(['run', '--json', '--plan-digest', String(planDigest)])
    expect([0, 5]).toContain(run.code)
    if (run.code === 5) expect(run.json.failure?.code).toMatch(/^policy\/(plan-changed|budget-exceeded)$/)
    for (const { hash } of run.json.transactions ?? []) {
      const { maxPriorityFeePerGas } = await lab.sandbox.chain.public.getTransaction({ hash })
      expect(maxPriorityFeePerGas).toBeLessThanOrEqual(MOST_TIP_WEI)
    }
    const spent = before - (await lab.sandbox.chain.public.getBalance(journey))
    expect(spent).toBeLessThan(parseEther('0.0001'))
  })

  test('in its blocks gets no signature: without a cap, at most a thousandth of an ETH is paid', async () => {
    const journey = await lab.begin({ eth: parseEther('10'), vvv: parseEther('10') })
    const url = await startLiar(lab.sandbox, async (request, node) => {
      const answer = await node(request)
      if (request.method !== 'eth_getBlockByNumber' || !('result' in answer)) return answer
      return { result: { ...(answer.result as object), baseFeePerGas: toHex(10n ** 13n) } }
    })
    const { failure } = await runAt(url, journey)
    expect(failure?.code).toBe('policy/budget-exceeded')
    expect((await journey.onChain()).transactions).toBe(0)
  })

  test('by its gas estimates gets no signature', async () => {
    const journey = await lab.begin({ eth: parseEther('10'), vvv: parseEther('10') })
    lab.fault('eth_estimateGas', { kind: 'rpcResult', result: '0xf42400' }, { times: Number.POSITIVE_INFINITY })
    const run = await journey.run()
    expect([run.code, run.json.failure?.code]).toEqual([5, 'policy/gas-limit-refused'])
    expect((await journey.onChain()).transactions).toBe(0)
  })
})

describe('an endpoint that misquotes a lock', () => {
  const FUND = ['--fund', 'diem:0.1']

  test.each([
    ['from the first request on', 0, 12n],
    ['from the second price on', 1, 12n],
    ['by a little', 0, 2n],
  ])('%s gets nothing staked or locked beyond what the digest binds', async (_, from, divisor) => {
    const journey = await lab.begin({ ...DIEM_FUNDS, vvv: parseEther('2000') })
    const plan = await journey.command(['plan', '--json', ...FUND])
    const most = BigInt(plan.json.plan.ceilings.lock)
    let blocks = new Set<unknown>()
    const url = await startLiar(lab.sandbox, async (request, node) => {
      if (request.method === 'eth_call') blocks = blocks.add(request.params[1])
      return blocks.size <= from ? node(request) : misquoted(request, node, divisor)
    })
    const digest = String(plan.json.planDigest)
    const [result] = await runAgain(2, () => runAt(url, journey, { fund: 'diem:0.1', planDigest: digest }))
    expect(result?.failure?.code).toMatch(/^(policy|diem)\//)
    const [{ locked }, { sVvv }] = await Promise.all([diemOf(lab.sandbox, journey.address), journey.onChain()])
    expect(locked).toBeLessThanOrEqual(most)
    expect(sVvv).toBeLessThanOrEqual(ONE + most)
  })

  test('needs no more than the approval when it is honest', async () => {
    const journey = await lab.begin(DIEM_FUNDS)
    const plan = await journey.command(['plan', '--json', ...FUND])
    const run = await journey.command(['run', '--json', ...FUND, '--plan-digest', String(plan.json.planDigest)])
    expect([run.code, run.json.outcome]).toEqual([0, 'funded'])
  })
})

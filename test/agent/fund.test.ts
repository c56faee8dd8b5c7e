import { describe, expect, test } from 'vitest'
import { counted } from '../library/counted.ts'
import { TOP_UP } from '../support/payments.ts'
import { CAPS, useAgents } from './lab.ts'

const lab = useAgents()

const WITH_USDC = { usdc: '20' }
const X402 = { way: 'x402', amount: '5' }
const usdcOf = async (agent: { wallet: { address: `0x${string}` } }) =>
  Number((await lab.sandbox.holdings(agent.wallet.address)).usdc) / 1e6

/** An agent with a key, and the digest of the plan that pays $5. */
async function withKey(...given: Parameters<typeof lab.begin>) {
  const agent = await lab.begin(...given)
  await agent.start()
  await agent.settle()
  const plan = await agent.call('venice_plan', { fundWith: 'x402', fundAmount: '5' })
  return { agent, plan, planDigest: plan.data?.planDigest }
}

describe('venice_fund', () => {
  test('buys the wallet’s credit once, however often it is called', async () => {
    const { agent, plan, planDigest } = await withKey({}, WITH_USDC)
    expect(plan.data).toMatchObject({ fund: { way: 'x402', amount: '5' }, summary: expect.stringContaining('$5') })
    for (const _ of [1, 2, 3]) {
      expect((await agent.call('venice_fund', { ...X402, planDigest })).ok).toBe(true)
      expect(await agent.settle()).toMatchObject({ ok: true, data: { outcome: 'funded', spent: { usd: '5' } } })
    }
    expect(await usdcOf(agent)).toBe(15)
    expect(lab.sandbox.keys(agent.wallet.address)).toHaveLength(1)
  })

  test('pays once when the answer to the payment is lost', async () => {
    const { agent, planDigest } = await withKey({}, WITH_USDC)
    lab.sandbox.fault({ on: TOP_UP, effect: { kind: 'dropAfter' }, skip: 2 })
    await agent.call('venice_fund', { ...X402, planDigest })
    expect(await agent.settle()).toMatchObject({ data: { outcome: 'funded', spent: { usd: '5' } } })
    lab.sandbox.clearFaults()
    expect(await usdcOf(agent)).toBe(15)
  })

  test('pays nothing with the digest of another plan', async () => {
    const { agent, planDigest } = await withKey({}, WITH_USDC)
    const refused = await agent.call('venice_fund', { ...X402, amount: '6', planDigest })
    expect([refused.failure?.code, refused.nextAction?.tool]).toEqual(['policy/plan-changed', 'venice_plan'])
    const locked = await agent.call('venice_fund', { ...X402, way: 'diem', planDigest })
    expect(locked.failure?.code).toBe('policy/budget-exceeded')
    expect(await usdcOf(agent)).toBe(20)
  })

  test('is refused over the budget before the signer is asked', async () => {
    const place = await lab.begin({}, WITH_USDC)
    const { wallet: signer, signed } = counted(place.wallet.privateKey)
    const agent = lab.again(place, { signer, budget: { ...CAPS, maxUsd: '4.99' } })
    await agent.start()
    await agent.settle()
    const { data } = await agent.call('venice_plan', { fundWith: 'x402', fundAmount: '5' })
    await agent.call('venice_fund', { ...X402, planDigest: data?.planDigest })
    expect(await agent.settle()).toMatchObject({
      data: { outcome: 'failed', failure: { code: 'policy/budget-exceeded' } },
      nextAction: { tool: null },
    })
    expect([signed.typedData, await usdcOf(agent)]).toEqual([0, 20])
  })

  test('says what is missing when the wallet has no USDC', async () => {
    const { agent, planDigest } = await withKey()
    await agent.call('venice_fund', { ...X402, planDigest })
    expect(await agent.settle()).toMatchObject({
      data: { outcome: 'failed', failure: { code: 'wallet/insufficient-usdc' } },
      nextAction: { tool: 'venice_resume' },
    })
  })
})

describe('venice_plan with DIEM', () => {
  test('says what is locked and its cost, as the CLI does', async () => {
    const agent = await lab.begin({}, { vvv: '100' })
    await agent.start()
    await agent.settle()
    const { data } = await agent.call('venice_plan', { fundWith: 'diem', fundAmount: '0.1' })
    expect(data?.transactions).not.toEqual([])
    expect(Number(data?.maxFeeEth)).toBeGreaterThan(0)
    expect(data?.summary).toMatch(/Then locks [\d.]+ sVVV for DIEM and stakes that, so that 0\.1 DIEM are staked\.$/)
  })
})

// Regression: issue 22, number 5 — tools had no value for "no funding".
describe('fundWith: none', () => {
  test('cancels a request that failed', async () => {
    const agent = await lab.begin({ budget: CAPS })
    const { data } = await agent.call('venice_plan', { fundWith: 'x402', fundAmount: '5' })
    await agent.call('venice_start', { fundWith: 'x402', fundAmount: '5', planDigest: data?.planDigest })
    expect(await agent.settle()).toMatchObject({ data: { outcome: 'failed' } })
    await agent.start({ fundWith: 'none' })
    expect(await agent.settle()).toMatchObject({ data: { outcome: 'unfunded', failure: null, spent: { usd: '0' } } })
  })

  test.each([[{ fundWith: 'none', fundAmount: '5' }], [{ fundWith: 'x402' }], [{ fundAmount: '5' }]])(
    'is rejected with contradicting or missing arguments: %j',
    async (args) => {
      const agent = await lab.begin()
      expect(await agent.call('venice_plan', args)).toMatchObject({ ok: false, failure: { code: 'cli/usage' } })
    },
  )
})

describe('a wallet that holds USDC and nothing else', () => {
  test('is shown what it holds and pays, and by a run for a key, the tool that needs neither VVV nor ETH', async () => {
    const agent = await lab.begin({}, { ...WITH_USDC, eth: '0', vvv: '0' })
    const asWallet = { credential: 'wallet', fundWith: 'x402', fundAmount: '5' }
    expect((await agent.call('venice_plan', asWallet)).data).toMatchObject({
      credential: 'wallet',
      holdings: { eth: '0', vvv: '0', sVvv: '0', usdc: '20' },
    })
    await agent.start()
    expect(await agent.settle()).toMatchObject({
      data: {
        failure: { code: 'wallet/insufficient-vvv' },
        alternative: { tool: 'venice_start', arguments: asWallet, reason: expect.stringContaining('by itself') },
      },
    })
  })
})

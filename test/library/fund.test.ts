import { describe, expect, test } from 'vitest'
import { createRun, type FundOption, onboard } from '../../src/index.ts'
import { counted } from './counted.ts'
import { useTestSandbox } from './lab.ts'

const lab = useTestSandbox()

const WITH_USDC = { eth: '0.01', vvv: '10', usdc: '20' }
const dollars = 1_000_000n

describe('onboard with fund', () => {
  test.each<[string, FundOption]>([
    ['text', 'x402:5'],
    ['an object', { x402: '5' }],
  ])('as %s pays USDC once, and proves the credit that it buys', async (_, fund) => {
    const { wallet, options } = await lab.begin(WITH_USDC)
    const ask = { ...options, signer: wallet.privateKey, fund, prove: true }
    const result = await onboard(ask)
    expect(result).toMatchObject({
      outcome: 'funded',
      payments: [{ value: '5000000', status: 'settled' }],
      funding: { wallet: { canConsume: true, proof: { basis: 'balance' } } },
    })
    expect(await onboard(ask)).toMatchObject({ outcome: 'funded', wasFinished: true })
    expect((await lab.sandbox.holdings(wallet.address)).usdc).toBe(15n * dollars)
  })

  test('as DIEM locks and stakes what the key then spends', async () => {
    const { wallet, options } = await lab.begin({ eth: '0.01', vvv: '1000' })
    const run = await createRun({ ...options, signer: wallet.privateKey, fund: { diem: '0.1' }, prove: true })
    expect(await run.result).toMatchObject({ outcome: 'funded', funding: { spendable: true, proof: {} } })
  })

  test('can be requested after the run has ended, and cancelled', async () => {
    const { wallet, options } = await lab.begin(WITH_USDC)
    const ask = { ...options, signer: wallet.privateKey }
    expect((await onboard(ask)).outcome).toBe('unfunded')
    expect((await onboard({ ...ask, fund: 'x402:5' })).outcome).toBe('funded')
    await onboard({ ...ask, fund: 'none' })
    expect((await lab.sandbox.holdings(wallet.address)).usdc).toBe(15n * dollars)
  })

  test('above the budget signs no payment', async () => {
    const { wallet, options } = await lab.begin(WITH_USDC)
    const { wallet: signer, signed } = counted(wallet.privateKey)
    const result = await onboard({ ...options, signer, fund: 'x402:6', budget: { maxUsd: '5.99' } })
    expect(result).toMatchObject({ outcome: 'failed', failure: { code: 'policy/budget-exceeded', exit: 'refused' } })
    expect(signed.typedData).toBe(0)
    expect((await lab.sandbox.holdings(wallet.address)).usdc).toBe(20n * dollars)
  })

  test.each<[string, unknown]>([
    ['an unknown funding method', 'card:5'],
    ['no amount', 'x402:'],
    ['nothing', { diem: '0' }],
    ['two funding methods', { diem: '0.1', x402: '5' }],
    ['a number', { x402: 5 }],
    ['no funding method', {}],
  ])('that names %s is refused before anything is done', async (_, fund) => {
    const { wallet, options } = await lab.begin()
    const asked = onboard({ ...options, signer: wallet.privateKey, fund: fund as FundOption })
    await expect(asked).rejects.toMatchObject({ code: 'cli/usage' })
  })
})

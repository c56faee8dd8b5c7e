import { expect, test } from 'vitest'
import { onboard, veniceFetch } from '../../src/index.ts'
import { useTestSandbox } from '../library/lab.ts'

// A sandbox of its own: what the tests of `refill.test.ts` are refused counts for every caller of one address.
const lab = useTestSandbox()

const dollars = 1_000_000n
const ask = {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ model: 'qwen3-4b', messages: [{ role: 'user', content: 'Hello' }] }),
}

test('a refill does not start the run for a key, which can run later', async () => {
  const { wallet, options } = await lab.begin({ eth: '0.01', vvv: '10', usdc: '20' })
  const { rpcUrl, apiUrl } = options.network
  const fetch = veniceFetch({
    signer: wallet.privateKey,
    apiUrl,
    refill: { to: '5', rpcUrl, sink: options.sink, stateDir: options.stateDir },
    budget: { maxUsd: '5' },
  })
  expect((await fetch(`${apiUrl}/chat/completions`, ask)).status).toBe(200)
  expect((await lab.sandbox.holdings(wallet.address)).transactions).toBe(0)
  expect(lab.sandbox.keys(wallet.address)).toEqual([])
  const result = await onboard({ ...options, signer: wallet.privateKey, fund: 'none' })
  expect(result.key).not.toBeNull()
  expect((await lab.sandbox.holdings(wallet.address)).usdc).toBe(15n * dollars)
})

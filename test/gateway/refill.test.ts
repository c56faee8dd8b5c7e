import { describe, expect, test } from 'vitest'
import { onboard, type Refill, veniceFetch } from '../../src/index.ts'
import { useTestSandbox } from '../library/lab.ts'

const lab = useTestSandbox()

const dollars = 1_000_000n
const ask = {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ model: 'qwen3-4b', messages: [{ role: 'user', content: 'Hello' }] }),
}

/** A wallet with only USDC, and its fetch. */
async function begin(maxUsd = '20') {
  const { wallet, options } = await lab.begin({ usdc: '20' })
  const { rpcUrl, apiUrl } = options.network
  const refills: Refill[] = []
  const open = () =>
    veniceFetch({
      signer: wallet.privateKey,
      apiUrl,
      refill: { to: '5', below: '1', rpcUrl, sink: options.sink, stateDir: options.stateDir },
      budget: { maxUsd, maxUsdPerDay: '10' },
      onRefill: (refill) => refills.push(refill),
    })
  const fetch = open()
  const call = async () => (await fetch(`${apiUrl}/chat/completions`, ask)).status
  const paid = async () => 20n - (await lab.sandbox.holdings(wallet.address)).usdc / dollars
  return { ...wallet, options, apiUrl, open, fetch, call, paid, refills }
}

/** Charges for calls, and dollars that were bought, as Venice lists them. */
async function ledgerOf(apiUrl: string, fetch: typeof globalThis.fetch, address: string) {
  const pages = [0, 100, 200].map(async (offset) => {
    const response = await fetch(`${apiUrl}/x402/transactions/${address}?limit=100&offset=${offset}`)
    return ((await response.json()) as { data: { transactions: { amount: number }[] } }).data.transactions
  })
  const amounts = (await Promise.all(pages)).flat().map(({ amount }) => amount)
  return {
    charges: amounts.filter((amount) => amount < 0).length,
    paidFor: amounts.filter((amount) => amount > 0).reduce((sum, amount) => sum + amount, 0),
  }
}

describe('a refill', () => {
  test('is made once for 200 parallel calls of two fetches, loses no call, and is a payment of its run', async () => {
    const { open, apiUrl, paid, options, privateKey } = await begin()
    const fetches = [open(), open()]
    const all = Array.from({ length: 200 }, (_, i) => fetches[i % 2]?.(`${apiUrl}/chat/completions`, ask))
    const statuses = (await Promise.all(all)).map((response) => response?.status)
    expect(new Set(statuses)).toEqual(new Set([200]))
    expect(await paid()).toBe(5n)
    const result = await onboard({ ...options, signer: privateKey, credential: 'wallet' })
    expect(result.payments).toMatchObject([{ value: '5000000', status: 'settled' }])
  })

  test('in the middle of 200 calls, streams and aborted ones among them, is one, and each call is paid for once', async () => {
    const { open, apiUrl, paid, address } = await begin()
    lab.sandbox.credit(address, { x402: 1.0001 })
    const fetch = open()
    const call = async (number: number): Promise<string> => {
      const isStream = number % 2 === 0
      const [asked, stop] = [{ ...JSON.parse(ask.body), stream: isStream }, new AbortController()]
      const response = await fetch(`${apiUrl}/chat/completions`, {
        ...ask,
        body: JSON.stringify(asked),
        signal: stop.signal,
      })
      if (number % 10 !== 0) return `${response.status} ${(await response.text()).includes('You said') || isStream}`
      // The first part of a stream has come.
      await response.body?.getReader().read()
      stop.abort()
      return `${response.status} true`
    }
    const answers = await Promise.all(Array.from({ length: 200 }, (_, number) => call(number)))
    expect(new Set(answers)).toEqual(new Set(['200 true']))
    expect(await paid()).toBe(5n)
    const { charges, paidFor } = await ledgerOf(apiUrl, fetch, address)
    expect([charges, paidFor]).toEqual([200, 5])
  })

  test('is made during use, when the credit falls below the floor', async () => {
    const { call, paid, address } = await begin()
    lab.sandbox.credit(address, { x402: 1.00005 })
    expect([await call(), await paid()]).toEqual([200, 0n])
    expect([await call(), await call(), await paid()]).toEqual([200, 200, 5n])
  })

  test('stops at the total budget, and the call without credit gets its 402', async () => {
    const { call, paid, refills } = await begin('4')
    expect([await call(), await call(), await paid()]).toEqual([402, 402, 0n])
    expect(refills).toMatchObject([{ failure: { code: 'policy/budget-exceeded' } }])
  })
})

import { describe, expect, it } from 'vitest'
import { createChain } from '../../../src/adapters/chain/create-chain.ts'
import { systemClock } from '../../../src/adapters/clock.ts'
import { MOST_TIP_WEI } from '../../../src/domain/fees.ts'
import { type Answer, type Asked, refusal, result, rpcServer } from './rpc-server.ts'

const ADDRESS = '0x00000000000000000000000000000000000000a1'
const block = (fields: object = {}) => ({
  number: '0x10',
  hash: `0x${'1'.repeat(64)}`,
  timestamp: `0x${Math.floor(Date.now() / 1000).toString(16)}`,
  baseFeePerGas: '0x4c4b40',
  transactions: [],
  ...fields,
})

/** An endpoint with a wallet at nonce 7, except for what `other` answers. */
async function marketOf(other: (call: Asked) => Answer | null) {
  const server = await rpcServer((call) => {
    const answer = other(call)
    if (answer !== null) return answer
    switch (call.method) {
      case 'eth_getBlockByNumber':
        return result(block())
      case 'eth_getTransactionCount':
        return result('0x7')
      case 'eth_maxPriorityFeePerGas':
        return result('0xf4240')
      default:
        return refusal(-32601, `the method ${call.method} does not exist`)
    }
  })
  const chain = createChain({ rpcUrls: [server.url], clock: systemClock, timeoutMs: 2_000 })
  return { ...server, market: () => chain.feeMarket(ADDRESS) }
}

describe('the priority fee', () => {
  it('is the endpoint’s suggestion', async () => {
    const { market } = await marketOf(() => null)
    expect((await market()).maxPriorityFeePerGas).toBe(1_000_000n)
  })

  it.each([
    ['more than any stake ever paid', '0x174876e800'],
    ['the wallet’s whole balance', `0x${'f'.repeat(64)}`],
  ])('is capped when the endpoint suggests %s', async (_, tip) => {
    const { market } = await marketOf(({ method }) => (method === 'eth_maxPriorityFeePerGas' ? result(tip) : null))
    expect((await market()).maxPriorityFeePerGas).toBe(MOST_TIP_WEI)
  })

  const MISSING: [string, Answer][] = [
    ['is -32601', refusal(-32601, 'the method eth_maxPriorityFeePerGas does not exist/is not available')],
    ['is -32000', refusal(-32000, 'method not supported')],
    ['is -32603', refusal(-32603, 'Internal error')],
    ['is null', result(null)],
    ['is not a number', result('0x')],
  ]

  it.each(MISSING)('is the median of the newest blocks when the suggestion %s', async (_, answer) => {
    const reward = [['0x0'], ['0x1e8480'], ['0x2dc6c0'], ['0x3d0900'], ['0x0']]
    const { market } = await marketOf(({ method }) =>
      method === 'eth_maxPriorityFeePerGas' ? answer : method === 'eth_feeHistory' ? result({ reward }) : null,
    )
    expect((await market()).maxPriorityFeePerGas).toBe(3_000_000n)
  })

  it.each(MISSING)('is a constant when the suggestion %s and there is no history', async (_, answer) => {
    const { market } = await marketOf(({ method }) => (method === 'eth_maxPriorityFeePerGas' ? answer : null))
    expect((await market()).maxPriorityFeePerGas).toBe(1_000_000n)
  })

  it('is a constant when the newest blocks are empty', async () => {
    const { market } = await marketOf(({ method }) =>
      method === 'eth_maxPriorityFeePerGas'
        ? result(null)
        : method === 'eth_feeHistory'
          ? result({ reward: [['0x0'], ['0x0']] })
          : null,
    )
    expect((await market()).maxPriorityFeePerGas).toBe(1_000_000n)
  })
})

describe('the next nonce', () => {
  it.each([
    ['refused with -32603', refusal(-32603, 'pending is not supported')],
    ['refused with -32000', refusal(-32000, 'pending block is not available')],
    ['refused with -32602', refusal(-32602, 'unsupported block tag')],
    ['null', result(null)],
    ['below latest', result('0x6')],
  ])('is that of latest when pending is %s', async (_, answer) => {
    const { market } = await marketOf(({ method, params }) =>
      method === 'eth_getTransactionCount' && params[1] === 'pending' ? answer : null,
    )
    expect(await market()).toMatchObject({ nonce: 7, pendingNonce: 7 })
  })

  it('is that of pending when the endpoint counts more there', async () => {
    const { market } = await marketOf(({ method, params }) =>
      method === 'eth_getTransactionCount' && params[1] === 'pending' ? result('0x9') : null,
    )
    expect(await market()).toMatchObject({ nonce: 7, pendingNonce: 9 })
  })
})

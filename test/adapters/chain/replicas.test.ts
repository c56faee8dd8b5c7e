import { describe, expect, test } from 'vitest'
import { createChain } from '../../../src/adapters/chain/create-chain.ts'
import { systemClock } from '../../../src/adapters/clock.ts'
import type { Hex } from '../../../src/domain/addresses.ts'
import { VVV } from '../../support/samples.ts'
import { skippingClock } from '../../support/skipping-clock.ts'
import { approve, sendOwn } from '../../support/wallet-actions.ts'
import { FUNDS, useChain } from './lab.ts'
import { blockOf, movedTo, openScripted } from './replica.ts'

const { lab, open } = useChain()

const behind = (message: string, code = -32000) => ({ error: { code, message } })
const numberOf = (block: string): bigint | null => (block.startsWith('0x') ? BigInt(block) : null)

/** A chain over one URL, in which no wait takes time. */
const chainOver = (...rpcUrls: string[]) =>
  createChain({ rpcUrls, clock: skippingClock(systemClock), timeoutMs: 2_000 })

/** Answers `times` times per block that it does not have the requested block, and names it. */
async function lateState(times: number, message: string) {
  const asked: string[] = []
  const url = await openScripted(lab.sandbox.chain.nodeUrl, (request, node) => {
    const block = blockOf(request)
    if (block === null || numberOf(block) === null) return node(request)
    asked.push(block)
    const key = `${request.method} ${JSON.stringify(request.params[0])}`
    refused.set(key, (refused.get(key) ?? 0) + 1)
    return (refused.get(key) ?? 0) <= times ? behind(message) : node(request)
  })
  const refused = new Map<string, number>()
  return { url, asked }
}

describe('a wallet state read through replicas behind one URL', () => {
  // Regression: https://github.com/EkuboProtocol/indexer/issues/164 — the head comes at once, its state 300 ms later.
  test.each([
    'header not found',
    'unknown block',
    'block not found: 0x1c9c395',
    'missing trie node d67e4d450343046425ae4271474353857ab860dbc0a1dde64b41b5cd3a532bf3 (path ) state 0x5f is not available',
    'required historical state unavailable',
    'Requested resource not found',
  ])('waits for exactly the block that a node does not have yet: %s', async (message) => {
    const { address } = await open()
    const { url, asked } = await lateState(3, message)
    const { drafts, blockNumber } = await chainOver(url).survey({ address, stakeAmount: VVV, open: [] })
    expect(drafts.map(({ purpose, nonce }) => [purpose, nonce])).toEqual([
      ['approve', 0],
      ['stake', 1],
    ])
    expect(new Set(asked)).toEqual(new Set([`0x${BigInt(blockNumber).toString(16)}`]))
  })

  test('reports a node that is behind when the block does not come, and does not wait forever', async () => {
    const { address } = await open()
    const { url } = await lateState(1_000, 'header not found')
    const look = chainOver(url).survey({ address, stakeAmount: VVV, open: [] })
    await expect(look).rejects.toMatchObject({ code: 'chain/node-behind', recovery: 'retry' })
  })

  test('trusts the block and not the replica behind it', async () => {
    const { wallet, address, mine } = await open()
    const sandbox = lab.sandbox
    await mine()
    const old: Hex = `0x${(await sandbox.chain.public.getBlockNumber()).toString(16)}`
    await approve(sandbox, wallet, VVV)
    // Reads without a block, or at `latest`, come from a replica that has not applied the approve.
    const url = await openScripted(sandbox.chain.nodeUrl, (request, node) => {
      const block = blockOf(request)
      return node(block === 'latest' || block === 'pending' ? movedTo(request, old) : request)
    })
    const { drafts, allowance } = await chainOver(url).survey({ address, stakeAmount: VVV, open: [] })
    expect(allowance).toBe(VVV.toString())
    expect(drafts).toMatchObject([{ purpose: 'stake', nonce: 1 }])
  })

  test('uses the block’s nonce although a replica does not know the last transaction yet', async () => {
    const { wallet, address, mine } = await open()
    const { chain } = lab.sandbox
    await sendOwn(lab.sandbox, wallet, { to: address, nonce: 0 })
    await mine()
    const url = await openScripted(chain.nodeUrl, (request, node) =>
      request.method === 'eth_getTransactionCount' && numberOf(blockOf(request) ?? '') === null
        ? { result: '0x0' }
        : node(request),
    )
    const { drafts } = await chainOver(url).survey({ address, stakeAmount: VVV, open: [] })
    expect(drafts.map(({ nonce }) => nonce)).toEqual([1, 2])
  })

  test('is rejected when it shows less than what the run knows to be mined', async () => {
    const { address, chain } = await open()
    const look = chain.survey({ address, stakeAmount: VVV, open: [], leastNonce: 1 })
    await expect(look).rejects.toMatchObject({ code: 'chain/node-behind', recovery: 'retry' })
  })
})

describe('a reverting stake simulation', () => {
  /** Estimates come from a replica that has not applied the approve, and state overrides are refused. */
  async function withoutApprove(refusal: object, estimates: 'old' | 'true') {
    const { wallet, address, mine } = await open()
    const { chain } = lab.sandbox
    await mine()
    const old: Hex = `0x${(await chain.public.getBlockNumber()).toString(16)}`
    await approve(lab.sandbox, wallet, VVV)
    const url = await openScripted(chain.nodeUrl, (request, node) => {
      if (/^eth_(call|estimateGas)$/.test(request.method) && request.params.length > 2)
        return { error: refusal as never }
      if (request.method === 'eth_estimateGas' && estimates === 'old') return node(movedTo(request, old))
      return node(request)
    })
    return chainOver(url).survey({ address, stakeAmount: VVV, open: [] })
  }

  test('is not trusted from a node that has not applied the approve', async () => {
    const { drafts, stakeSimulation } = await withoutApprove({ code: -32602, message: 'too many arguments' }, 'old')
    expect(stakeSimulation).toBe('unavailable')
    expect(drafts).toMatchObject([{ purpose: 'stake', nonce: 1 }])
    expect(BigInt(drafts[0]?.gas ?? 0)).toBeGreaterThan(250_000n)
  })

  test('is trusted when the contract gives its own reason', async () => {
    await lab.sandbox.chain.useStaking('reverting', { inPlace: true })
    const look = withoutApprove({ code: -32602, message: 'too many arguments' }, 'true')
    await expect(look).rejects.toMatchObject({ code: 'chain/stake-would-revert' })
  })
})

describe('without state overrides, approve comes first', () => {
  test.each([
    ['-32602', { code: -32602, message: 'too many arguments, want at most 2' }],
    ['-32603', { code: -32603, message: 'Internal error' }],
    ['-32601', { code: -32601, message: 'the method is not available' }],
    ['-32000', { code: -32000, message: 'state override is not supported' }],
  ])('when they are refused with %s', async (_, error) => {
    const { address } = await open()
    let asked = 0
    const url = await openScripted(lab.sandbox.chain.nodeUrl, (request, node) => {
      if (!/^eth_(call|estimateGas)$/.test(request.method) || request.params.length <= 2) return node(request)
      asked += 1
      return { error }
    })
    const chain = chainOver(url)
    const survey = () => chain.survey({ address, stakeAmount: VVV, open: [] })
    expect((await survey()).drafts).toMatchObject([{ purpose: 'approve' }])
    const before = asked
    expect((await survey()).drafts).toMatchObject([{ purpose: 'approve' }])
    expect(asked, 'asked again').toBe(before)
  })

  test('when an endpoint cuts off the parameters', async () => {
    const { address } = await open()
    const url = await openScripted(lab.sandbox.chain.nodeUrl, (request, node) =>
      node({
        ...request,
        params: /^eth_(call|estimateGas)$/.test(request.method) ? request.params.slice(0, 2) : request.params,
      }),
    )
    const { drafts } = await chainOver(url).survey({ address, stakeAmount: VVV, open: [] })
    expect(drafts).toMatchObject([{ purpose: 'approve' }])
  })
})

test('open transactions are replaced by the new drafts of a wallet state', async () => {
  const { address, chain, signed } = await open(FUNDS)
  const attempts = await signed()
  for (const attempt of attempts) await chain.broadcast(attempt)
  const { drafts } = await chain.survey({ address, stakeAmount: VVV, open: attempts })
  expect(drafts.map(({ nonce }) => nonce)).toEqual(attempts.map(({ nonce }) => nonce))
  for (const [index, draft] of drafts.entries())
    expect(BigInt(draft.maxFeePerGas) * 100n).toBeGreaterThanOrEqual(BigInt(attempts[index]?.maxFeePerGas ?? 0) * 110n)
})

describe('a report of receipts from the front and balances from a lagging replica', () => {
  // Regression: https://github.com/bob-collective/bob/issues/1146 — `eth_call` from a replica 3 to 5 s behind ended as not credited.
  async function staked(refusals: number) {
    const { address, chain, signed, mine } = await open()
    const attempts = await signed()
    for (const attempt of attempts) await chain.broadcast(attempt)
    await mine()
    const head = await lab.sandbox.chain.public.getBlockNumber()
    const old: Hex = `0x${(head - 1n).toString(16)}`
    let refused = 0
    const url = await openScripted(lab.sandbox.chain.nodeUrl, (request, node) => {
      if (request.method !== 'eth_call') return node(request)
      const at = numberOf(blockOf(request) ?? '')
      if (at === null) return node(movedTo(request, old))
      refused += 1
      return refused <= refusals ? behind('header not found') : node(request)
    })
    return { report: await chainOver(url).report(address, attempts), head }
  }

  test('is made at the receipt’s block once the replica has it', async () => {
    const { report, head } = await staked(4)
    expect(report).toMatchObject({ sVvv: VVV.toString(), allowance: '0', head: { number: head.toString() } })
    expect(report).not.toHaveProperty('isBehind')
  })

  test('says that it is behind when the replica does not get there', async () => {
    const { report } = await staked(1_000)
    expect(report).toMatchObject({ sVvv: '0', isBehind: true })
    expect(report.attempts.map(({ status }) => status)).toEqual(['mined', 'mined'])
  })
})

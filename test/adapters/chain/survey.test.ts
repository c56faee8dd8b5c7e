import { describe, expect, test } from 'vitest'
import { ADDRESSES, type Address } from '../../../src/domain/addresses.ts'
import { DELEGATE } from '../../../src/sandbox/contracts/deploy.ts'
import { VVV } from '../../support/samples.ts'
import { approve, stake } from '../../support/wallet-actions.ts'
import { FUNDS, STAKE, useChain } from './lab.ts'

const { lab, open } = useChain()

const LIMIT = { code: -32016, message: 'over rate limit' }
const HTML = { 'content-type': 'text/html' }
const BEHIND = 'chain/node-behind'
const NOISE = 'chain/rpc-answer-unreadable'
const TEXT = { 'content-type': 'text/plain' }

/** Puts other code at `address` while `work` runs. */
async function withCode(address: Address, bytecode: `0x${string}`, work: () => Promise<void>): Promise<void> {
  const { chain } = lab.sandbox
  const before = (await chain.public.getCode({ address })) ?? '0x'
  await chain.test.setCode({ address, bytecode })
  try {
    await work()
  } finally {
    await chain.test.setCode({ address, bytecode: before })
  }
}

describe('the wallet state recognises', () => {
  test('a wallet that has staked', async () => {
    const { wallet, survey } = await open()
    await stake(lab.sandbox, wallet, VVV)
    expect(await survey()).toMatchObject({ sVvv: VVV.toString(), allowance: '0', drafts: [], feeCeiling: '0' })
  })

  test('a wallet that has staked less than requested', async () => {
    const { wallet, survey } = await open()
    await stake(lab.sandbox, wallet, VVV / 4n)
    const missing = ((VVV * 3n) / 4n).toString()
    expect((await survey()).drafts).toMatchObject([
      { purpose: 'approve', amount: missing },
      { purpose: 'stake', amount: missing, expected: VVV.toString() },
    ])
  })

  test('nothing left to ask, and says so once before the last answers are here', async () => {
    const { chain, address } = await open()
    const seen: string[] = []
    const requests = () => lab.sandbox.chain.requests.http
    const before = requests()
    await chain.survey({ address, ...STAKE, whileWaiting: () => seen.push('waits') })
    seen.push('surveyed')
    expect([seen, requests() - before]).toEqual([['waits', 'surveyed'], 2])
  })

  test('an allowance', async () => {
    const { wallet, survey } = await open()
    await approve(lab.sandbox, wallet, 5n * VVV)
    expect(await survey()).toMatchObject({ allowance: (5n * VVV).toString(), drafts: [{ purpose: 'stake', nonce: 1 }] })
  })

  test('an account that delegates its code', async () => {
    const { address, survey } = await open()
    await lab.sandbox.chain.setDelegation(address)
    expect((await survey()).account).toBe('delegated')
  })

  test('a contract account, for which nothing is drafted', async () => {
    const { address, survey } = await open()
    const bytecode = (await lab.sandbox.chain.public.getCode({ address: DELEGATE })) ?? '0x'
    await withCode(address, bytecode, async () => {
      expect(await survey()).toMatchObject({ account: 'contract', drafts: [] })
    })
  })

  test('the implementation behind the staking proxy', async () => {
    const { survey } = await open()
    expect((await survey()).implementation).toBe(ADDRESSES.stakingImplementation)
  })

  test('a transaction that somebody else has sent from the wallet', async () => {
    const { survey, sendForeign, mine } = await open()
    await sendForeign(0)
    await expect(survey()).rejects.toMatchObject({ code: 'chain/foreign-transaction', exit: 'transient' })
    await mine()
    expect((await survey()).drafts[0]?.nonce).toBe(1)
  })
})

describe('reading the wallet state refuses', () => {
  test('another chain, whatever else fails on it', async () => {
    const { survey } = await open()
    lab.fault('eth_chainId', { kind: 'rpcResult', result: '0x1' })
    lab.fault('eth_getCode', { kind: 'rpcError', code: -32000, message: 'no' }, { times: 9 })
    await expect(survey()).rejects.toMatchObject({ code: 'chain/wrong-chain', exit: 'config' })
  })

  test.each([
    ['the token', ADDRESSES.vvv],
    ['the staking contract', ADDRESSES.staking],
  ])('an address without code where %s must be', async (_, address) => {
    const { survey } = await open()
    await withCode(address, '0x', async () => {
      await expect(survey()).rejects.toMatchObject({
        code: 'chain/no-contract',
        message: expect.stringContaining(address),
      })
    })
  })

  test('the one-argument staking of Venice’s guide', async () => {
    const { survey } = await open()
    await lab.sandbox.chain.useStaking('oneArgument')
    await expect(survey()).rejects.toMatchObject({
      code: 'chain/one-argument-staking',
      exit: 'refused',
      facts: expect.arrayContaining([expect.stringContaining('stake(uint256): in code')]),
    })
  })

  test('a different contract', async () => {
    const { survey } = await open()
    const bytecode = (await lab.sandbox.chain.public.getCode({ address: ADDRESSES.diem })) ?? '0x'
    await withCode(ADDRESSES.stakingImplementation, '0x600160005260206000f3', async () => {
      await expect(survey()).rejects.toMatchObject({ code: 'chain/staking-not-recognised' })
    })
    await withCode(ADDRESSES.stakingImplementation, bytecode, async () => {
      await expect(survey()).rejects.toMatchObject({ exit: 'refused' })
    })
  })
})

describe('a failing read of the wallet state', () => {
  test.each([
    ['a rate limit in HTTP 200', { kind: 'rpcError', ...LIMIT }, 'chain/rpc-rate-limited', undefined],
    ['a rate limit in HTTP 429', { kind: 'rpcError', ...LIMIT, status: 429 }, 'chain/rpc-rate-limited', undefined],
    [
      'a rate limit that names a time',
      { kind: 'reply', status: 429, headers: { ...TEXT, 'retry-after': '7' }, body: 'slow' },
      'chain/rpc-rate-limited',
      7_000,
    ],
    ['a node that lags behind', { kind: 'rpcError', code: -32000, message: 'header not found' }, BEHIND, undefined],
    ['a node that has no such block yet', { kind: 'rpcResult', result: null }, 'chain/rpc', undefined],
    ['a web page', { kind: 'reply', status: 502, headers: HTML, body: '<html>' }, 'chain/rpc', undefined],
    ['a web page with status 200', { kind: 'reply', status: 200, headers: HTML, body: '<html>' }, NOISE, undefined],
    ['a lost answer', { kind: 'dropAfter' }, 'chain/rpc', undefined],
    ['an answer cut short', { kind: 'truncate', bytes: 10 }, 'chain/rpc', undefined],
    ['a batch without one of its answers', { kind: 'batch', as: 'short' }, NOISE, undefined],
    ['a batch with one answer twice', { kind: 'batch', as: 'repeated' }, NOISE, undefined],
    ['a batch with answers to other calls', { kind: 'batch', as: 'otherIds' }, NOISE, undefined],
    ['a batch with one answer for all calls', { kind: 'batch', as: 'single' }, NOISE, undefined],
  ] as const)('because of %s can be tried again', async (_, effect, code, retryAfterMs) => {
    const { survey } = await open()
    lab.fault('eth_getBlockByNumber', effect)
    await expect(survey()).rejects.toMatchObject({ code, recovery: 'retry', retryAfterMs })
    expect((await survey()).drafts).toHaveLength(2)
  })

  test('does not follow from a batch answered in another order', async () => {
    const { survey } = await open()
    const straight = await survey()
    lab.fault('eth_getStorageAt', { kind: 'batch', as: 'reversed' })
    expect({ ...(await survey()), readAt: '' }).toEqual({ ...straight, readAt: '' })
  })

  test.each([
    [401, 'chain/rpc-access-denied'],
    [403, 'chain/rpc-access-denied'],
    [404, 'chain/rpc-refused'],
    [307, 'chain/rpc-redirect-refused'],
  ])('because of HTTP %i is a configuration error', async (status, code) => {
    const { survey } = await open()
    lab.fault('eth_chainId', { kind: 'reply', status, headers: TEXT, body: 'no' }, { times: 20 })
    await expect(survey()).rejects.toMatchObject({ code, exit: 'config' })
  })

  test('at one endpoint is repeated at the next', async () => {
    const { survey } = await open(FUNDS, ['http://127.0.0.1:9', lab.sandbox.rpcUrl])
    expect((await survey()).drafts).toHaveLength(2)
  })
})

describe('few requests are enough', () => {
  test('for a wallet state (at most two) and for holdings (one)', async () => {
    const { address, chain, survey, requestsOf, wallet } = await open()
    expect(await requestsOf(survey)).toBeLessThanOrEqual(2)
    const { methods } = lab.sandbox.chain.requests
    expect(Object.values(methods).reduce((sum, calls) => sum + calls, 0)).toBeLessThanOrEqual(14)
    expect(await requestsOf(() => chain.holdings(address))).toBe(1)
    await stake(lab.sandbox, wallet, VVV)
    expect(await requestsOf(survey)).toBeLessThanOrEqual(2)
  })

  test('for a report (at most two, and one once all is mined)', async () => {
    const { address, chain, signed, mine, requestsOf } = await open()
    const attempts = await signed()
    expect(await requestsOf(() => chain.report(address, attempts))).toBeLessThanOrEqual(2)
    for (const attempt of attempts) await chain.broadcast(attempt)
    await mine()
    expect(await requestsOf(() => chain.report(address, attempts))).toBe(1)
  })
})

test('a chain without Multicall3 is read call by call, with the same result', async () => {
  const { survey, address } = await open()
  const straight = await survey()
  await withCode(ADDRESSES.multicall3, '0x', async () => {
    const { chain } = await open(FUNDS)
    const { readAt: _, ...plain } = await chain.survey({ address, stakeAmount: VVV, open: [] })
    // A stake is simulated with the account's code.
    expect({ ...straight, stakeSimulation: 'unavailable' }).toMatchObject(plain)
  })
})

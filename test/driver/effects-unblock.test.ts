import { describe, expect, it } from 'vitest'
import { type Attempt, maxCost } from '../../src/domain/attempt.ts'
import type { FeeMarket } from '../../src/domain/fees.ts'
import { createEffects } from '../../src/driver/effects/create.ts'
import type { EffectSettings } from '../../src/driver/effects/io.ts'
import type { Chain } from '../../src/ports/chain.ts'
import { ADDRESS, attempt } from '../support/samples.ts'
import { fakeWorld } from '../support/world.ts'

const io = { signal: new AbortController().signal, report: () => {} }
/** Wei a gas: the attempts of the samples pay 10,000,000 at most, 1,000,000 of it as a tip. */
const MARKET: FeeMarket = { baseFeePerGas: 20_000_000n, maxPriorityFeePerGas: 1_000_000n, nonce: 7, pendingNonce: 7 }
const approve = attempt('approve', 7, { status: 'sent' })
const stake = attempt('stake', 8, { status: 'sent' })

async function unblock(
  attempts: readonly Attempt[],
  market: Partial<FeeMarket> = {},
  settings: Partial<EffectSettings> = {},
  usedBy: Chain['usedBy'] = async () => null,
) {
  const { ports, counts } = fakeWorld()
  const chain = { ...ports.chain, usedBy, feeMarket: async () => ({ ...MARKET, ...market }) }
  const { unblockTransactions } = createEffects({ ...ports, chain }, { settings })
  const outcome = await unblockTransactions({ address: ADDRESS, attempts }, io).then(
    (made) => ({ made, code: null }),
    ({ code }) => ({ made: [], code: code as string }),
  )
  return { ...outcome, signed: counts.transactions }
}

const fees = ({ maxFeePerGas, maxPriorityFeePerGas }: Attempt) => [maxFeePerGas, maxPriorityFeePerGas]

describe('what is priced below the base fee', () => {
  it('is signed once more under its nonce, the same call at the fees of today', async () => {
    const { made } = await unblock([approve, stake])
    const same = ({ purpose, nonce, to, data, gas }: Attempt) => ({ purpose, nonce, to, data, gas })
    expect(made.map(same)).toEqual([approve, stake].map(same))
    expect(made.map(fees)).toEqual([
      ['41100000', '1100000'],
      ['41100000', '1100000'],
    ])
    expect(made.map(({ status }) => status)).toEqual(['signed', 'signed'])
    expect(made.map(({ hash }) => hash)).not.toContain(approve.hash)
  })

  it('is raised alone when what is behind it pays enough', async () => {
    const { made } = await unblock([approve, attempt('stake', 8, { status: 'sent', maxFeePerGas: '30000000' })])
    expect(made.map(({ purpose }) => purpose)).toEqual(['approve'])
  })

  it('is raised from the last of those under its nonce, never from an earlier one', async () => {
    const fees = { maxFeePerGas: '19000000', maxPriorityFeePerGas: '5000000' }
    const raised = attempt('approve', 7, { hash: '0x01', ...fees })
    const { made } = await unblock([approve, raised])
    expect(made.map(({ maxFeePerGas, maxPriorityFeePerGas }) => [maxFeePerGas, maxPriorityFeePerGas])).toEqual([
      ['45500000', '5500000'],
    ])
  })
})

it('raises what pays enough and is stuck all the same by ten per cent, which is what nodes ask', async () => {
  const { made } = await unblock([approve, stake], { baseFeePerGas: 1_000_000n })
  expect(made.map(({ purpose, ...rest }) => [purpose, ...fees(rest as Attempt)])).toEqual([
    ['approve', '11000000', '1100000'],
  ])
})

it.each([
  ['1', '2'],
  ['9', '10'],
  ['10', '11'],
  ['11', '13'],
])('raises a fee of %s wei to %s: by ten per cent at least, and always by something', async (before, after) => {
  const cheap = attempt('approve', 7, { maxFeePerGas: before, maxPriorityFeePerGas: before, l1Fee: '1000000000' })
  const { made } = await unblock([cheap], { baseFeePerGas: 0n, maxPriorityFeePerGas: 0n })
  expect(made.map(fees)).toEqual([[after, after]])
})

it('signs nothing when all is mined by then', async () => {
  expect(await unblock([approve, stake], { nonce: 9, pendingNonce: 9 })).toEqual({ made: [], code: null, signed: 0 })
})

describe('the budget', () => {
  /** Most that both cost as they are signed first, and what the raised ones would. */
  const both = maxCost(approve) + maxCost(stake)
  const raised = 2n * (41_100_000n * 100_000n + 1_000n)

  it('that allows it is used up exactly', async () => {
    const { made } = await unblock([approve, stake], {}, { budget: { maxFeeWei: raised } })
    expect(made.map(maxCost).reduce((sum, cost) => sum + cost)).toBe(raised)
  })

  it('that allows less than twice the base fee caps what is paid', async () => {
    const { made } = await unblock([approve], {}, { budget: { maxFeeWei: 25_000_000n * 100_000n + 1_000n } })
    expect(made.map(fees)).toEqual([['25000000', '1100000']])
  })

  it.each([
    ['the base fee', { budget: { maxFeeWei: 19_999_999n * 100_000n + 1_000n } }, {}],
    ['what replaces it', { budget: { maxFeeWei: 10_900_000n * 100_000n + 1_000n } }, { baseFeePerGas: 1_000_000n }],
  ])('that allows less than %s is never passed, and nothing is signed', async (_, settings, market) => {
    expect(await unblock([approve], market, settings)).toEqual({
      made: [],
      code: 'policy/budget-exceeded',
      signed: 0,
    })
  })

  it('counts what the other transactions of the run may cost', async () => {
    const settings = { budget: { maxFeeWei: both } }
    expect((await unblock([approve, stake], {}, settings)).code).toBe('policy/budget-exceeded')
  })

  it('that nobody has set is the step above five times what the first under the nonce could cost', async () => {
    const { made } = await unblock([approve], { baseFeePerGas: 60_000_000n })
    expect(made.map(fees)).toEqual([['99999999', '1100000']])
    expect((await unblock([approve], { baseFeePerGas: 101_000_000n })).code).toBe('policy/budget-exceeded')
  })
})

it('asks no wallet to replace anything that chooses nonces itself', async () => {
  const { ports, counts } = fakeWorld()
  const sending = { honoursNonces: false, isUnsent: () => true, send: () => Promise.reject(new Error('asked')) }
  const world = {
    ...ports,
    signer: { ...ports.signer, sending },
    chain: { ...ports.chain, feeMarket: async () => MARKET },
  }
  const { unblockTransactions } = createEffects(world, {})
  const refusal = { code: 'wallet/cannot-replace' }
  await expect(unblockTransactions({ address: ADDRESS, attempts: [approve] }, io)).rejects.toMatchObject(refusal)
  expect(counts.transactions).toBe(0)
})

describe('a nonce before the open ones that nobody uses', () => {
  it('is filled with a transfer of nothing to the wallet itself', async () => {
    const { made } = await unblock([stake], { nonce: 6, pendingNonce: 6 })
    expect(made.map(({ purpose, nonce, to, data, amount }) => [purpose, nonce, to, data, amount])).toEqual([
      ['fill', 6, ADDRESS, '0x', '0'],
      ['fill', 7, ADDRESS, '0x', '0'],
    ])
  })

  it('gets the approve again that lost it, where a stake waits for one', async () => {
    const { made } = await unblock([{ ...approve, status: 'superseded' }, stake])
    expect(made.map(({ purpose, nonce }) => [purpose, nonce])).toEqual([['approve', 7]])
  })

  it('never gets a stake again: the one behind it is the same', async () => {
    const lost = attempt('stake', 7, { status: 'superseded' })
    const { made } = await unblock([lost, stake])
    expect(made.map(({ purpose, nonce }) => [purpose, nonce])).toEqual([['fill', 7]])
  })

  it('is left to the transaction of somebody else that waits there', async () => {
    expect(await unblock([stake], { nonce: 7, pendingNonce: 8 })).toEqual({
      made: [],
      code: 'chain/foreign-transaction',
      signed: 0,
    })
  })

  it('so far back that no reorganisation goes there is a lagging endpoint', async () => {
    expect(await unblock([attempt('stake', 16)])).toEqual({ made: [], code: 'chain/rpc', signed: 0 })
  })
})

describe('a stake that lost its nonce before what waits behind a gap', () => {
  const lost = attempt('stake', 6, { status: 'superseded', maxFeePerGas: '900000000' })
  const waiting = attempt('stake', 8, { status: 'sent' })
  /** Most that what waits costs, and a filler at fees of today. */
  const both = maxCost(waiting) + 41_100_000n * 60_000n + 1_000n
  const foreign = { hash: `0x${'f0'.repeat(32)}`, isFinal: true, isReverted: false } as const
  const once = { budget: { maxVvv: BigInt(waiting.amount), maxFeeWei: both } }

  it('does not count once a final block shows what has its nonce: the gap is filled within the budget', async () => {
    const { made, code } = await unblock([lost, waiting], {}, once, async () => foreign)
    expect(code).toBeNull()
    expect(made.map(({ purpose, nonce, amount }) => [purpose, nonce, amount])).toEqual([['fill', 7, '0']])
    expect(maxCost(waiting) + made.map(maxCost).reduce((sum, cost) => sum + cost)).toBe(both)
  })

  it('does not widen the fee ceiling that nobody has set', async () => {
    const dear = { baseFeePerGas: 500_000_000n }
    const settings = { budget: { maxVvv: once.budget.maxVvv } }
    expect((await unblock([lost, waiting], dear, settings, async () => foreign)).code).toBe('policy/budget-exceeded')
  })

  it.each([
    ['no block', null],
    ['a block that may be undone', { ...foreign, isFinal: false }],
    ['a final block with the stake itself', { ...foreign, hash: lost.hash }],
  ])('counts while %s shows what has its nonce, and nothing is signed', async (_, user) => {
    const settings = { budget: { maxVvv: once.budget.maxVvv } }
    expect(await unblock([lost, waiting], {}, settings, async () => user)).toMatchObject({
      code: 'policy/signed-bytes-alive',
      signed: 0,
    })
  })

  it('counts at its full fee, and without VVV, where a final block shows that it reverted', async () => {
    const reverted = { ...foreign, hash: lost.hash, isReverted: true }
    const within = async (maxFeeWei: bigint) =>
      (await unblock([lost, waiting], {}, { budget: { ...once.budget, maxFeeWei } }, async () => reverted)).code
    expect(await within(both)).toBe('policy/budget-exceeded')
    expect(await within(both + maxCost(lost))).toBeNull()
  })

  it('is asked about only where its nonce is used', async () => {
    const asked: number[] = []
    const usedBy = async ({ nonce }: { nonce: number }) => {
      asked.push(nonce)
      return null
    }
    await unblock([lost, approve, stake], {}, {}, usedBy)
    await unblock([approve, stake], {}, {}, usedBy)
    expect(asked).toEqual([6])
  })
})

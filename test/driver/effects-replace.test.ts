import { describe, expect, it } from 'vitest'
import { type Attempt, maxCost } from '../../src/domain/attempt.ts'
import type { FeeMarket } from '../../src/domain/fees.ts'
import { createEffects } from '../../src/driver/effects/create.ts'
import type { EffectSettings } from '../../src/driver/effects/io.ts'
import type { Chain } from '../../src/ports/chain.ts'
import { ADDRESS, attempt } from '../support/samples.ts'
import { fakeWorld } from '../support/world.ts'

const io = { signal: new AbortController().signal, report: () => {} }
/** Wei per gas: the sample attempts pay at most 10,000,000, of which 1,000,000 is the tip. */
const MARKET: FeeMarket = { baseFeePerGas: 20_000_000n, maxPriorityFeePerGas: 1_000_000n, nonce: 7, pendingNonce: 7 }
const approve = attempt('approve', 7, { status: 'sent' })
const stake = attempt('stake', 8, { status: 'sent' })

async function replace(
  attempts: readonly Attempt[],
  market: Partial<FeeMarket> = {},
  settings: Partial<EffectSettings> = {},
  usedBy: Chain['usedBy'] = async () => null,
) {
  const { ports, counts } = fakeWorld()
  const chain = { ...ports.chain, usedBy, feeMarket: async () => ({ ...MARKET, ...market }) }
  const { replaceTransactions } = createEffects({ ...ports, chain }, { settings })
  const outcome = await replaceTransactions({ address: ADDRESS, attempts }, io).then(
    (made) => ({ made, code: null }),
    ({ code }) => ({ made: [], code: code as string }),
  )
  return { ...outcome, signed: counts.transactions }
}

const fees = ({ maxFeePerGas, maxPriorityFeePerGas }: Attempt) => [maxFeePerGas, maxPriorityFeePerGas]

describe('a transaction priced below the base fee', () => {
  it('gets a fee bump: the same call and nonce at today’s fees', async () => {
    const { made } = await replace([approve, stake])
    const same = ({ purpose, nonce, to, data, gas }: Attempt) => ({ purpose, nonce, to, data, gas })
    expect(made.map(same)).toEqual([approve, stake].map(same))
    expect(made.map(fees)).toEqual([
      ['41100000', '1100000'],
      ['41100000', '1100000'],
    ])
    expect(made.map(({ status }) => status)).toEqual(['signed', 'signed'])
    expect(made.map(({ hash }) => hash)).not.toContain(approve.hash)
  })

  it('is replaced alone when the ones behind it pay enough', async () => {
    const { made } = await replace([approve, attempt('stake', 8, { status: 'sent', maxFeePerGas: '30000000' })])
    expect(made.map(({ purpose }) => purpose)).toEqual(['approve'])
  })

  it('is replaced based on the last one under its nonce, never an earlier one', async () => {
    const fees = { maxFeePerGas: '19000000', maxPriorityFeePerGas: '5000000' }
    const raised = attempt('approve', 7, { hash: '0x01', ...fees })
    const { made } = await replace([approve, raised])
    expect(made.map(({ maxFeePerGas, maxPriorityFeePerGas }) => [maxFeePerGas, maxPriorityFeePerGas])).toEqual([
      ['45500000', '5500000'],
    ])
  })
})

it('a transaction that pays enough and is stuck gets a fee bump of ten per cent, the minimum of nodes', async () => {
  const { made } = await replace([approve, stake], { baseFeePerGas: 1_000_000n })
  expect(made.map(({ purpose, ...rest }) => [purpose, ...fees(rest as Attempt)])).toEqual([
    ['approve', '11000000', '1100000'],
  ])
})

it.each([
  ['1', '2'],
  ['9', '10'],
  ['10', '11'],
  ['11', '13'],
])('a fee of %s wei is bumped to %s: at least ten per cent, and at least one wei', async (before, after) => {
  const cheap = attempt('approve', 7, { maxFeePerGas: before, maxPriorityFeePerGas: before, l1Fee: '1000000000' })
  const { made } = await replace([cheap], { baseFeePerGas: 0n, maxPriorityFeePerGas: 0n })
  expect(made.map(fees)).toEqual([[after, after]])
})

it('no fee bump is signed when all transactions are mined by then', async () => {
  expect(await replace([approve, stake], { nonce: 9, pendingNonce: 9 })).toEqual({ made: [], code: null, signed: 0 })
})

describe('the budget of a fee bump', () => {
  /** The ceiling of both as first signed, and of both after the fee bump. */
  const both = maxCost(approve) + maxCost(stake)
  const raised = 2n * (41_100_000n * 100_000n + 1_000n)

  it('can be used up exactly', async () => {
    const { made } = await replace([approve, stake], {}, { budget: { maxFeeWei: raised } })
    expect(made.map(maxCost).reduce((sum, cost) => sum + cost)).toBe(raised)
  })

  it('caps what is paid when it allows less than twice the base fee', async () => {
    const { made } = await replace([approve], {}, { budget: { maxFeeWei: 25_000_000n * 100_000n + 1_000n } })
    expect(made.map(fees)).toEqual([['25000000', '1100000']])
  })

  it.each([
    ['the base fee', { budget: { maxFeeWei: 19_999_999n * 100_000n + 1_000n } }, {}],
    [
      'the minimum for a replacement',
      { budget: { maxFeeWei: 10_900_000n * 100_000n + 1_000n } },
      { baseFeePerGas: 1_000_000n },
    ],
  ])('is never exceeded, and nothing is signed, when it allows less than %s', async (_, settings, market) => {
    expect(await replace([approve], market, settings)).toEqual({
      made: [],
      code: 'policy/budget-exceeded',
      signed: 0,
    })
  })

  it('counts the ceilings of the run’s other transactions', async () => {
    const settings = { budget: { maxFeeWei: both } }
    expect((await replace([approve, stake], {}, settings)).code).toBe('policy/budget-exceeded')
  })

  it('without --max-gas-eth is one step above five times the first transaction’s ceiling', async () => {
    const { made } = await replace([approve], { baseFeePerGas: 60_000_000n })
    expect(made.map(fees)).toEqual([['99999999', '1100000']])
    expect((await replace([approve], { baseFeePerGas: 101_000_000n })).code).toBe('policy/budget-exceeded')
  })
})

it('a wallet that chooses its own nonces is never asked for a replacement', async () => {
  const { ports, counts } = fakeWorld()
  const sending = { honoursNonces: false, isUnsent: () => true, send: () => Promise.reject(new Error('asked')) }
  const world = {
    ...ports,
    signer: { ...ports.signer, sending },
    chain: { ...ports.chain, feeMarket: async () => MARKET },
  }
  const { replaceTransactions } = createEffects(world, {})
  const refusal = { code: 'wallet/cannot-replace' }
  await expect(replaceTransactions({ address: ADDRESS, attempts: [approve] }, io)).rejects.toMatchObject(refusal)
  expect(counts.transactions).toBe(0)
})

describe('an unused nonce before the open ones', () => {
  it('gets a nonce filler: an empty transfer of the wallet to itself', async () => {
    const { made } = await replace([stake], { nonce: 6, pendingNonce: 6 })
    expect(made.map(({ purpose, nonce, to, data, amount }) => [purpose, nonce, to, data, amount])).toEqual([
      ['fillNonce', 6, ADDRESS, '0x', '0'],
      ['fillNonce', 7, ADDRESS, '0x', '0'],
    ])
  })

  it('gets its lost approve again when a stake waits for one', async () => {
    const { made } = await replace([{ ...approve, status: 'superseded' }, stake])
    expect(made.map(({ purpose, nonce }) => [purpose, nonce])).toEqual([['approve', 7]])
  })

  // Regression: seed 6810 of the simulation, 2026-12-01. The fees of a raised approve, raised once more, were beyond the fee
  // ceiling, and the run waited for ever.
  it.each(['approve', 'fillNonce'] as const)(
    'gets the bytes of its lost %s again, which cost nothing more',
    async (purpose) => {
      const lost = attempt(purpose, 7, { hash: '0x01', status: 'superseded', maxFeePerGas: '30000000' })
      const supersededBy = { hash: '0x02', isFinal: false } as const
      const behind = attempt(purpose === 'fillNonce' ? 'approve' : 'stake', 8, { status: 'sent' })
      const settings = { budget: { maxFeeWei: maxCost(lost) + maxCost(behind) } }
      const { made, signed } = await replace([{ ...lost, supersededBy }, behind], {}, settings)
      expect([made, signed]).toEqual([[{ ...lost, status: 'signed' }], 0])
    },
  )

  it('gets its lost approve for more when no block takes the old bytes', async () => {
    const lost = attempt('approve', 7, { hash: '0x01', status: 'superseded', maxFeePerGas: '19999999' })
    const { made, signed } = await replace([lost, stake])
    expect([made.map(fees), signed]).toEqual([[['41100000', '1100000']], 1])
  })

  it('never gets a stake again, because the waiting one is the same', async () => {
    const lost = attempt('stake', 7, { status: 'superseded' })
    const { made } = await replace([lost, stake])
    expect(made.map(({ purpose, nonce }) => [purpose, nonce])).toEqual([['fillNonce', 7]])
  })

  it('is left to somebody else’s transaction that waits under it', async () => {
    expect(await replace([stake], { nonce: 7, pendingNonce: 8 })).toEqual({
      made: [],
      code: 'chain/foreign-transaction',
      signed: 0,
    })
  })

  it('older than any reorganisation reaches means a lagging endpoint', async () => {
    expect(await replace([attempt('stake', 16)])).toEqual({ made: [], code: 'chain/rpc', signed: 0 })
  })
})

describe('a stake that lost its nonce before transactions behind a gap', () => {
  const lost = attempt('stake', 6, { status: 'superseded', maxFeePerGas: '900000000' })
  const waiting = attempt('stake', 8, { status: 'sent' })
  /** The ceiling of the waiting transaction, and of a nonce filler at today's fees. */
  const both = maxCost(waiting) + 41_100_000n * 60_000n + 1_000n
  const foreign = { hash: `0x${'f0'.repeat(32)}`, isFinal: true, isReverted: false } as const
  const once = { budget: { maxVvv: BigInt(waiting.amount), maxFeeWei: both } }

  it('no longer counts once a final block shows what used its nonce: the gap is filled within the budget', async () => {
    const { made, code } = await replace([lost, waiting], {}, once, async () => foreign)
    expect(code).toBeNull()
    expect(made.map(({ purpose, nonce, amount }) => [purpose, nonce, amount])).toEqual([['fillNonce', 7, '0']])
    expect(maxCost(waiting) + made.map(maxCost).reduce((sum, cost) => sum + cost)).toBe(both)
  })

  it('does not raise the default fee ceiling', async () => {
    const dear = { baseFeePerGas: 500_000_000n }
    const settings = { budget: { maxVvv: once.budget.maxVvv } }
    expect((await replace([lost, waiting], dear, settings, async () => foreign)).code).toBe('policy/budget-exceeded')
  })

  it.each([
    ['no block', null],
    ['a block that may be undone', { ...foreign, isFinal: false }],
    ['a final block with the stake itself', { ...foreign, hash: lost.hash }],
  ])('counts while %s shows what used its nonce, and nothing is signed', async (_, user) => {
    const settings = { budget: { maxVvv: once.budget.maxVvv } }
    expect(await replace([lost, waiting], {}, settings, async () => user)).toMatchObject({
      code: 'policy/signed-bytes-alive',
      signed: 0,
    })
  })

  it('counts its full fee, and no VVV, when a final block shows that it reverted', async () => {
    const reverted = { ...foreign, hash: lost.hash, isReverted: true }
    const within = async (maxFeeWei: bigint) =>
      (await replace([lost, waiting], {}, { budget: { ...once.budget, maxFeeWei } }, async () => reverted)).code
    expect(await within(both)).toBe('policy/budget-exceeded')
    expect(await within(both + maxCost(lost))).toBeNull()
  })

  it('is looked up only when its nonce is used', async () => {
    const asked: number[] = []
    const usedBy = async ({ nonce }: { nonce: number }) => {
      asked.push(nonce)
      return null
    }
    await replace([lost, approve, stake], {}, {}, usedBy)
    await replace([approve, stake], {}, {}, usedBy)
    expect(asked).toEqual([6])
  })
})

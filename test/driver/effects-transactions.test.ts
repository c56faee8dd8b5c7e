import { describe, expect, it } from 'vitest'
import type { EffectContract } from '../../machines/onboarding/effects.ts'
import { ADDRESSES } from '../../src/domain/addresses.ts'
import { planOf } from '../../src/domain/plan.ts'
import { createEffects } from '../../src/driver/effects/create.ts'
import type { EffectSettings, Ports } from '../../src/driver/effects/io.ts'
import { NodeBehindError } from '../../src/errors/chain/endpoints.ts'
import type { Failure } from '../../src/errors/failure.ts'
import { SinkUnusableError } from '../../src/errors/sink.ts'
import { START } from '../support/fake-clock.ts'
import { ADDRESS, attempt, draft, request, VVV, walletState } from '../support/samples.ts'
import { fakeWorld, type WorldOptions } from '../support/world.ts'

const io = { signal: new AbortController().signal, report: () => {} }
const failureOf = (promise: Promise<unknown>): Promise<Failure> =>
  promise.then(
    () => {
      throw new Error('The effect did not fail.')
    },
    (error: Failure) => error,
  )

function setUp(
  options: WorldOptions = {},
  settings: Partial<EffectSettings> = {},
  change: Partial<Ports['chain']> = {},
) {
  const world = fakeWorld(options)
  const ports = { ...world.ports, chain: { ...world.ports.chain, ...change } }
  return { world, effects: createEffects(ports, { settings }) }
}

describe('reading the wallet state', () => {
  const read = (options: WorldOptions, stakeAmount = VVV) =>
    setUp(options).effects.readWalletState(
      { request: request({ stakeAmount: stakeAmount.toString() }), attempts: [] },
      io,
    )

  it('of a wallet without enough VVV says how much of it to send where', async () => {
    const failure = await failureOf(read({ vvv: VVV / 4n, eth: 0n }))
    expect(failure).toMatchObject({ code: 'wallet/insufficient-vvv', recovery: 'fund' })
    expect(failure.hint).toContain(`Send 0.75 VVV and 0.000002001 ETH on Base to ${ADDRESS}`)
    expect(failure.facts).toEqual([
      `Wallet: ${ADDRESS}`,
      'VVV: has 0.25, needs 1',
      'ETH: has 0, needs 0.000002',
      'USDC: has 20, which pays for calls without a key, VVV or ETH.',
    ])
  })

  it('of a wallet without enough ETH says how much of it to send where', async () => {
    const failure = await failureOf(read({ eth: 0n }))
    expect(failure).toMatchObject({ code: 'wallet/insufficient-eth', recovery: 'fund' })
    expect(failure.hint).toMatch(new RegExp(`^Send [\\d.]+ ETH on Base to ${ADDRESS}`))
  })

  it('of a wallet that has staked enough finds nothing missing', async () => {
    await expect(read({ sVvv: VVV, vvv: 0n, eth: 0n })).resolves.toMatchObject({ drafts: [] })
  })

  it('counts the existing stake', async () => {
    await expect(read({ sVvv: VVV, vvv: VVV }, 2n * VVV)).resolves.toMatchObject({ sVvv: VVV.toString() })
  })

  it('refuses a contract account', async () => {
    await expect(failureOf(read({ account: 'contract' }))).resolves.toMatchObject({ code: 'wallet/contract-account' })
  })

  it('finds a sink that cannot store a key before anything is spent', async () => {
    const { world } = setUp()
    const probe = async () => {
      throw new SinkUnusableError({ sink: 'fake', reason: 'x' })
    }
    const effects = createEffects({ ...world.ports, sink: { ...world.ports.sink, probe } })
    const failure = await failureOf(effects.readWalletState({ request: request(), attempts: [] }, io))
    expect(failure).toMatchObject({ code: 'sink/unusable', recovery: 'fixInput' })
  })

  it('does not trust a node that does not show this run’s stake', async () => {
    const { effects } = setUp()
    const attempts = [attempt('stake', 8, { status: 'mined' })]
    const failure = await failureOf(effects.readWalletState({ request: request(), attempts }, io))
    expect(failure).toMatchObject({ code: 'chain/rpc', recovery: 'retry' })
  })
})

describe('signing transactions', () => {
  const input = { request: request(), walletState: walletState(), attempts: [] }
  const sign = async (
    settings: Partial<EffectSettings>,
    changes: Partial<EffectContract['signTransactions']['input']> = {},
  ) => {
    const { world, effects } = setUp({}, settings)
    const outcome = await failureOf(effects.signTransactions({ ...input, ...changes }, io))
    return { code: outcome.code, signed: world.counts.transactions }
  }

  it.each<[string, Partial<EffectSettings>, string]>([
    ['more VVV than the budget', { budget: { maxVvv: VVV - 1n } }, 'policy/budget-exceeded'],
    ['more fees than the budget', { budget: { maxFeeWei: 2_000_000_001_999n } }, 'policy/budget-exceeded'],
    ['another plan than the one approved', { planDigest: 'other' }, 'policy/plan-changed'],
    ['a plan that the person declines', { approve: async () => false }, 'policy/declined'],
  ])('refuses %s before the signer is asked', async (_, settings, code) => {
    expect(await sign(settings)).toEqual({ code, signed: 0 })
  })

  it('refuses a call that does not fit its purpose before the signer is asked', async () => {
    const drafts = [draft('approve', 7), draft('stake', 8, { to: ADDRESSES.usdc })]
    expect(await sign({}, { walletState: walletState({ drafts }) })).toEqual({
      code: 'store/changed',
      signed: 0,
    })
  })

  it('refuses a stale wallet state before the signer is asked', async () => {
    const readAt = new Date(Date.parse(START) - 60_001).toISOString()
    expect(await sign({}, { walletState: walletState({ readAt }) })).toEqual({
      code: 'run/wallet-state-stale',
      signed: 0,
    })
  })

  it('counts what this run has spent against the budget', async () => {
    const attempts = [attempt('stake', 6, { status: 'mined', feeWei: '1' })]
    expect(await sign({ budget: { maxVvv: 2n * VVV - 1n } }, { attempts })).toEqual({
      code: 'policy/budget-exceeded',
      signed: 0,
    })
  })

  it('accepts the approved plan exactly within the budget, and sends nothing', async () => {
    const { digest } = await planOf(input.request, input.walletState)
    const budget = { maxVvv: VVV, maxFeeWei: 2_000_000_002_000n }
    const { world, effects } = setUp(
      {},
      { budget, planDigest: digest, approve: async (plan) => plan.digest === digest },
    )
    const attempts = await effects.signTransactions(input, io)
    expect(attempts.map(({ purpose, nonce, status }) => [purpose, nonce, status])).toEqual([
      ['approve', 7, 'signed'],
      ['stake', 8, 'signed'],
    ])
    expect(world.sent).toEqual([])
  })
})

describe('broadcasting', () => {
  it('sends in the order of nonces', async () => {
    const { world, effects } = setUp()
    await effects.broadcast({ attempts: [attempt('stake', 8), attempt('approve', 7)] }, io)
    expect(world.sent.map(({ purpose }) => purpose)).toEqual(['approve', 'stake'])
  })

  it('sends one transaction when it gets the same bytes twice', async () => {
    const { world, effects } = setUp()
    for (let n = 0; n < 2; n += 1) await effects.broadcast({ attempts: [attempt('approve', 7)] }, io)
    expect(world.sent).toHaveLength(1)
  })
})

describe('after a reorganisation has undone an approve', () => {
  const approve = { ...attempt('approve', 7), status: 'mined' } as const
  const open = (hasReceipt: () => boolean) => {
    const asked: (number | undefined)[] = []
    const { world, effects } = setUp(
      {},
      {},
      {
        hasReceipt: async () => hasReceipt(),
        async survey({ leastNonce }) {
          asked.push(leastNonce)
          if (leastNonce === 8) throw new NodeBehindError('nonce 7 is mined.')
          return walletState()
        },
      },
    )
    const read = () => effects.readWalletState({ request: request(), attempts: [approve] }, io)
    return { asked, world, read }
  }

  it('its nonce is free again once no node has shown it for longer than replicas lag', async () => {
    const { asked, world, read } = open(() => false)
    expect(await failureOf(read())).toMatchObject({ code: 'chain/node-behind' })
    world.clock.pass(70_000)
    expect(await failureOf(read())).toMatchObject({ code: 'chain/node-behind' })
    world.clock.pass(10_000)
    await read()
    expect(asked).toEqual([8, 8, 8, 0])
  })

  it('a transaction is not treated as undone while a node shows its receipt', async () => {
    const { asked, world, read } = open(() => true)
    await failureOf(read())
    world.clock.pass(200_000)
    expect(await failureOf(read())).toMatchObject({ code: 'chain/node-behind' })
    expect(asked).toEqual([8, 8])
  })
})

import { describe, expect, it } from 'vitest'
import { createEffects } from '../../src/driver/effects/create.ts'
import type { Ports } from '../../src/driver/effects/io.ts'
import { RpcError } from '../../src/errors/chain/endpoints.ts'
import { BalanceInsufficientError, ConnectionLostError } from '../../src/errors/venice/all.ts'
import { ADDRESS, funding, intent, keyRef, request, VVV } from '../support/samples.ts'
import { fakeWorld, type WorldOptions } from '../support/world.ts'

const io = { signal: new AbortController().signal, report: () => {} }
const { key: asked } = request()

/** A world in which a key is minted. */
async function minted(options: WorldOptions = {}, change: (ports: Ports) => Ports = (ports) => ports) {
  const world = fakeWorld({ sVvv: VVV, ...options })
  const ports = change(world.ports)
  const effects = (maxUsd?: bigint) =>
    createEffects(ports, { settings: { budget: maxUsd === undefined ? {} : { maxUsd } } })
  const first = effects()
  await first.fetchChallenge({ address: ADDRESS }, io)
  await first.signChallenge({ address: ADDRESS }, io)
  const key = await first.mintKey({ address: ADDRESS, key: asked, intent: intent() }, io)
  const prove = (maxUsd?: bigint, calls = 1) =>
    effects(maxUsd).proveFunding({ key, privacy: 'ALL', balances: funding().balances, calls }, io)
  return { world, key, prove, ask: () => effects().checkFunding({ key, asked }, io) }
}

describe('a proof', () => {
  it('is one paid call, whose cost is read from the balance', async () => {
    let usd = 5
    const { world, prove } = await minted({ usd: () => usd })
    usd = 4.9999
    const { proof, balances } = await prove()
    expect(proof).toMatchObject({ model: 'small', costUsd: 0.0001, costDiem: null, basis: 'balance' })
    expect(balances).toMatchObject({ usd: 4.9999 })
    expect(world.counts.completions).toBe(1)
  })

  it('is one paid call even when its cost cannot be read', async () => {
    const { prove } = await minted({}, (ports) => ({
      ...ports,
      venice: { ...ports.venice, rateLimits: async () => Promise.reject(new ConnectionLostError()) },
    }))
    expect(await prove()).toMatchObject({ proof: { basis: 'price', costUsd: 0.00000055 }, balances: null })
  })

  it.each([
    ['nothing', 0n, 1],
    ['less than it could cost', 19n, 1],
    ['less than it and its lost repeats could cost', 78n, 4],
  ])('is not made when --max-usd allows %s', async (_, maxUsd, calls) => {
    const { world, prove } = await minted()
    await expect(prove(maxUsd, calls)).rejects.toMatchObject({
      code: 'policy/budget-exceeded',
      hint: expect.arrayContaining([{ setting: 'maxUsd' }]),
    })
    expect(world.counts.completions).toBe(0)
  })

  it('is made when --max-usd allows it', async () => {
    const { world, prove } = await minted()
    await prove(20n)
    expect(world.counts.completions).toBe(1)
  })

  it('fails when there is no model for it', async () => {
    const { world, prove } = await minted({}, (ports) => ({
      ...ports,
      venice: { ...ports.venice, textModels: async () => [] },
    }))
    await expect(prove()).rejects.toMatchObject({ code: 'venice/unexpected-shape', recovery: 'stop' })
    expect(world.counts.completions).toBe(0)
  })

  it('says so when Venice refuses payment for it', async () => {
    const { prove } = await minted({ completions: [new BalanceInsufficientError()] })
    await expect(prove()).rejects.toMatchObject({ code: 'venice/balance-insufficient' })
  })

  it('uses only the key that was minted', async () => {
    const { world } = await minted()
    const effects = createEffects(world.ports)
    const other = keyRef({ last6: 'others' })
    const input = { key: other, privacy: 'ALL' as const, balances: funding().balances, calls: 1 }
    await expect(effects.proveFunding(input, io)).rejects.toMatchObject({ code: 'key/not-readable' })
  })
})

describe('the funding of a key that cannot spend', () => {
  it('also reports what the wallet has staked', async () => {
    const { ask } = await minted({ usd: () => 0 }, (ports) => ({
      ...ports,
      chain: { ...ports.chain, holdings: async () => ({ diem: 0n, stakedDiem: VVV / 2n, usdc: 0n }) },
    }))
    expect(await ask()).toMatchObject({ cause: 'diem-spent', reason: expect.stringContaining('0.5 DIEM') })
  })

  it('reports the stake that the watch before it saw, once, for at most a minute', async () => {
    let asked = 0
    const staked = VVV / 2n
    const { ports } = fakeWorld({ sVvv: VVV, usd: () => 0 })
    const { clock } = ports
    const chain: Ports['chain'] = {
      ...ports.chain,
      report: async (...look) => ({
        ...(await ports.chain.report(...look)),
        diem: { liquid: '0', staked: staked.toString() },
      }),
      async holdings() {
        asked += 1
        return { diem: 0n, stakedDiem: staked, usdc: 0n }
      },
    }
    const effects = createEffects({ ...ports, chain })
    await effects.fetchChallenge({ address: ADDRESS }, io)
    await effects.signChallenge({ address: ADDRESS }, io)
    const key = await effects.mintKey({ address: ADDRESS, key: request().key, intent: intent() }, io)
    const check = async (afterMs: number) => {
      await effects.watchTransactions({ address: ADDRESS, attempts: [] }, io)
      await clock.sleepUntil(clock.now() + afterMs)
      return effects.checkFunding({ key, asked: request().key }, io)
    }
    const told = await check(60_000)
    expect(told).toMatchObject({ cause: 'diem-spent' })
    expect(asked).toBe(0)
    expect(await effects.checkFunding({ key, asked: request().key }, io)).toMatchObject({ reason: told.reason })
    expect(asked).toBe(1)
    expect(await check(60_001)).toMatchObject({ reason: told.reason })
    expect(asked).toBe(2)
  })

  it('reports no stake when the chain cannot be read', async () => {
    const { ask } = await minted({ usd: () => 0 }, (ports) => ({
      ...ports,
      chain: { ...ports.chain, holdings: async () => Promise.reject(new RpcError('down')) },
    }))
    expect(await ask()).toMatchObject({ spendable: false, cause: 'no-balance' })
  })
})

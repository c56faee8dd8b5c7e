import { once } from 'node:events'
import { createServer } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { systemClock } from '../../src/adapters/clock.ts'
import { FleetSignerUnknownError } from '../../src/errors/fleet.ts'
import { RateLimitedError } from '../../src/errors/venice/all.ts'
import { InsufficientVvvError } from '../../src/errors/wallet.ts'
import { PaymentRefusedError } from '../../src/errors/x402.ts'
import { budgetObject } from '../../src/fleet/budget.ts'
import { createBudgetGuard } from '../../src/fleet/budget-guard.ts'
import { walletKey } from '../../src/fleet/names.ts'
import { createRuns, type OpenWallet, type Runs } from '../../src/fleet/runs.ts'
import { createSeats } from '../../src/fleet/seats.ts'
import { walletObject } from '../../src/fleet/wallet.ts'
import { loadSdk } from '../../src/hosts/restate/sdk.ts'
import type { Clock } from '../../src/ports/clock.ts'
import { ADDRESS } from '../support/samples.ts'
import { fakeWorld, type WorldOptions } from '../support/world.ts'
import { HAS_SERVER_PACKAGE, order, useEngine } from './engine.ts'

/** A world in real time, because Restate's timers need it. */
const worldNow = (options: WorldOptions = {}) => fakeWorld({ ...options, clock: systemClock as never })
const opening =
  (world: ReturnType<typeof fakeWorld>): OpenWallet =>
  async () => ({ ports: world.ports })

/** The fake wallet has one address; runs differ by their chains. */
let chains = 1_000
const newOrder = (changes = {}) => {
  chains += 1
  return order(ADDRESS, { chainId: chains, ...changes })
}

describe.runIf(HAS_SERVER_PACKAGE)('a wallet at Restate', () => {
  const engine = useEngine()

  it('is not accepted before a worker has registered', async () => {
    await expect(engine.client.submit(newOrder())).rejects.toMatchObject({ code: 'fleet/not-served' })
  })

  it('goes through the same states as with files, and keeps its journal', async () => {
    await engine.serve({ open: opening(worldNow()) })
    const asked = newOrder()
    expect(await engine.client.submit(asked)).toBe(true)
    const summary = await engine.ended(asked)
    expect(summary).toMatchObject({ outcome: 'funded', state: 'funded', pass: 1, keys: 1, orphans: 0, failure: null })
    const lines = (await engine.client.history(asked, 0)).flatMap((text) => JSON.parse(text))
    expect(lines.map(({ to }) => to)).toEqual([
      'checkBalance.read',
      'approve.prepare',
      'approve.broadcast',
      'stake.broadcast',
      'awaitConfirmation.watch',
      'fetchToken.fetch',
      'sign.sign',
      'mint.open',
      'mint.post',
      'fundingCheck.ask',
      'funded',
    ])
    expect(await engine.client.history(asked, summary.revision)).toHaveLength(1)
  })

  it('is journaled before and after each effect whose repetition would change more, and not in between', async () => {
    await engine.serve({ open: opening(worldNow()) })
    const asked = newOrder()
    await engine.client.submit(asked)
    await engine.ended(asked)
    const steps = (await engine.client.history(asked, 0)).map((text) => JSON.parse(text).at(-1).to)
    expect(steps).toEqual(['approve.broadcast', 'awaitConfirmation.watch', 'mint.post', 'fundingCheck.ask', 'funded'])
  })

  it('is started once, however often and from wherever it is requested', async () => {
    const world = worldNow()
    await engine.serve({ open: opening(world) })
    const asked = newOrder()
    const accepted = await Promise.all([1, 2, 3].map(() => engine.client.submit(asked)))
    expect(accepted.filter(Boolean)).toHaveLength(1)
    await expect(engine.client.start(asked)).rejects.toMatchObject({ code: 'fleet/wallet-busy', exit: 'locked' })
    await engine.ended(asked)
    // Directly, without the idempotency key that Restate remembers.
    const again = engine.client.call(
      'VeniceOnboardWallet',
      `${asked.chainId}-${ADDRESS.toLowerCase()}`,
      'onboard',
      asked,
    )
    await expect(again).rejects.toMatchObject({ code: 'fleet/answer', message: expect.stringContaining('409') })
    expect(world.counts.posts).toBe(1)
  })

  it('rejects an invalid order', async () => {
    await engine.serve({ open: opening(worldNow()) })
    const asked = newOrder()
    const call = (input: unknown) =>
      engine.client.call('VeniceOnboardWallet', `${asked.chainId}-${ADDRESS.toLowerCase()}`, 'onboard', input)
    const wrong = [
      { chainId: 1 },
      { privateKey: '0x00' },
      { pass: 0 },
      { credential: 'key' },
      { fund: { way: 'diem', amount: '1' } },
      { fund: { way: 'x402', amount: '-5' } },
      { fund: { way: 'x402', amount: '5', payTo: ADDRESS } },
    ]
    for (const input of [null, {}, ...wrong.map((fields) => ({ ...asked, ...fields }))]) {
      await expect(call(input)).rejects.toMatchObject({ message: expect.stringContaining('400') })
    }
    expect(await engine.client.status(asked)).toEqual({ summary: null, result: null, progress: null })
  })

  it('reports its state, and what it waits for, while it runs', async () => {
    const world = worldNow()
    const { venice } = world.ports
    let letGo = () => {}
    const held = new Promise<void>((resolve) => {
      letGo = resolve
    })
    const ports = {
      ...world.ports,
      venice: {
        ...venice,
        mint: async (...input: Parameters<typeof venice.mint>) => held.then(() => venice.mint(...input)),
      },
    }
    await engine.serve({ open: async () => ({ ports }) })
    const asked = newOrder()
    await engine.client.submit(asked)
    const during = await engine.until(asked, ({ summary }) => summary?.state === 'mint.post')
    expect(during.result).toMatchObject({ outcome: 'paused', state: 'mint.post', transactions: [{}, {}] })
    expect((await engine.until(asked, ({ progress }) => progress !== null)).progress).toEqual({
      effect: 'mintKey',
      awaits: 'venice',
    })
    letGo()
    expect((await engine.ended(asked)).outcome).toBe('funded')
  })

  it('keeps the shape of a failure, and starts another pass from the record', async () => {
    let world = worldNow({ vvv: 0n })
    await engine.serve({ open: async () => ({ ports: world.ports }) })
    const asked = newOrder()
    await engine.client.submit(asked)
    const failed = await engine.ended(asked)
    const { code, hint } = new InsufficientVvvError({
      address: ADDRESS,
      vvv: { has: 0n, needs: 10n ** 18n },
      eth: { has: 1n, needs: 1n },
    })
    expect(failed).toMatchObject({ outcome: 'failed', failure: { code, hint, isRecoverable: true } })
    const { result } = await engine.client.status(asked)
    expect(result).toMatchObject({ outcome: 'failed', failure: { code, hint, recovery: 'fund', exit: 'funds' } })

    world = worldNow()
    expect(await engine.client.submit({ ...asked, pass: 2 })).toBe(true)
    const second = await engine.ended(asked, 2)
    expect(second).toMatchObject({ outcome: 'funded', pass: 2, runId: failed.runId })
  })

  it('ends a pass whose signer is missing here, and says so', async () => {
    const { FleetSignerUnknownError } = await import('../../src/errors/fleet.ts')
    await engine.serve({
      open: async ({ address }) => {
        throw new FleetSignerUnknownError({ address, where: 'this test' })
      },
    })
    const asked = newOrder()
    await engine.client.submit(asked)
    expect(await engine.ended(asked)).toMatchObject({ outcome: 'failed', failure: { code: 'fleet/signer-unknown' } })
  })

  it('signs nothing beyond the budget of all wallets, and continues when that is raised', async () => {
    const worlds = new Map<number, ReturnType<typeof fakeWorld>>()
    let maxVvv = 15n * 10n ** 17n
    await engine.serve({
      open: async ({ chainId }) => {
        const world = worlds.get(chainId) ?? worldNow()
        worlds.set(chainId, world)
        const budget = createBudgetGuard({ budget: { maxVvv }, clock: systemClock })
        return { ports: world.ports, budget }
      },
    })
    const orders = [newOrder(), newOrder()]
    for (const asked of orders) await engine.client.submit(asked)
    const summaries = await Promise.all(orders.map((asked) => engine.ended(asked)))
    const refused = summaries.findIndex(({ outcome }) => outcome === 'failed')
    expect(summaries.map(({ outcome }) => outcome).sort()).toEqual(['failed', 'funded'])
    expect(summaries[refused]?.failure).toMatchObject({ code: 'fleet/budget-exceeded' })
    const asked = orders[refused] ?? newOrder()
    expect(worlds.get(asked.chainId)?.counts.transactions).toBe(0)
    maxVvv *= 2n
    await engine.client.submit({ ...asked, pass: 2 })
    expect((await engine.ended(asked, 2)).outcome).toBe('funded')
  })

  describe('that pays for calls itself', () => {
    const ofWallet = (changes = {}) =>
      newOrder({ credential: 'wallet', fund: { way: 'x402', amount: '5000000' }, mustProve: true, ...changes })
    const limits = { budget: { maxUsd: 5_000_000n } }

    it('buys its credit once, signs no transaction, and mints no key', async () => {
      const world = worldNow()
      await engine.serve({ open: async () => ({ ports: world.ports, limits }) })
      const asked = ofWallet()
      await engine.client.submit(asked)
      expect(await engine.ended(asked)).toMatchObject({
        outcome: 'funded',
        credential: 'wallet',
        keys: 0,
        spent: { vvv: '0', feeWei: '0', usd: '5000000' },
      })
      expect(world.counts).toMatchObject({ transactions: 0, posts: 0, payments: 1 })
    })

    it.each<[string, object]>([
      ['where its worker pays for nothing', {}],
      ['beyond what its worker allows a wallet', { budget: { maxUsd: 4_999_999n } }],
    ])('is refused %s, and signs nothing', async (_, allowed) => {
      const world = worldNow()
      await engine.serve({ open: async () => ({ ports: world.ports, limits: allowed }) })
      const asked = ofWallet()
      await engine.client.submit(asked)
      expect((await engine.ended(asked)).failure).toMatchObject({ code: 'fleet/order-refused' })
      expect(world.counts).toMatchObject({ payments: 0, messages: 0, transactions: 0 })
    })

    it('signs no payment beyond the dollars of all wallets, and continues when those are raised', async () => {
      const worlds = new Map<number, ReturnType<typeof fakeWorld>>()
      let maxUsd = 14_999_999n
      await engine.serve({
        open: async ({ chainId }) => {
          const world = worlds.get(chainId) ?? worldNow()
          worlds.set(chainId, world)
          return { ports: world.ports, limits, budget: createBudgetGuard({ budget: { maxUsd }, clock: systemClock }) }
        },
      })
      const orders = [ofWallet(), ofWallet(), ofWallet()]
      for (const asked of orders) await engine.client.submit(asked)
      const summaries = await Promise.all(orders.map((asked) => engine.ended(asked)))
      expect(summaries.map(({ outcome }) => outcome).sort()).toEqual(['failed', 'funded', 'funded'])
      const refused = summaries.findIndex(({ outcome }) => outcome === 'failed')
      expect(summaries[refused]?.failure).toMatchObject({
        code: 'fleet/budget-exceeded',
        message: expect.stringContaining('$14.999999'),
      })
      const asked = orders[refused] ?? newOrder()
      expect(worlds.get(asked.chainId)?.counts.payments).toBe(0)
      maxUsd += 1n
      await engine.client.submit({ ...asked, pass: 2 })
      expect((await engine.ended(asked, 2)).outcome).toBe('funded')
      expect([...worlds.values()].map(({ counts }) => counts.payments)).toEqual([1, 1, 1])
    })

    const setAsideFor = async ({ chainId }: { chainId: number }) => {
      const entries = (await engine.budget()) as Record<string, { usd: string }>
      return entries[`wallet/${chainId}-${ADDRESS.toLowerCase()}`]?.usd
    }

    it('gives back what was set aside for it when it is refused after that', async () => {
      const budget = createBudgetGuard({ budget: { maxUsd: 10n ** 9n }, clock: systemClock })
      const asked = ofWallet()
      let isGone = false
      const open: OpenWallet = async ({ address }) => {
        if (isGone) throw new FleetSignerUnknownError({ address, where: 'the seed' })
        return { ports: worldNow().ports, limits, budget }
      }
      const runs = createRuns(open, { clock: systemClock, seats: createSeats(100) })
      await serveRuns({
        ...runs,
        async within(turn, work) {
          const done = await runs.within(turn, work)
          if ((done as { asks?: unknown }).asks != null) {
            isGone = true
            runs.drop(walletKey(asked))
          }
          return done
        },
      })
      await engine.client.submit(asked)
      expect((await engine.ended(asked)).failure?.code).toBe('fleet/signer-unknown')
      await vi.waitFor(async () => expect(await setAsideFor(asked)).toBe('0'), { timeout: 20_000, interval: 50 })
    })

    /** A wallet whose first payment Venice refuses. @param isOver - its time is over once that is known. */
    async function serveRefusing({ isOver }: { isOver: boolean }) {
      let aheadMs = 0
      const clock: Clock = {
        ...systemClock,
        now: () => systemClock.now() + aheadMs,
        sleepUntil: (atMs, signal) => systemClock.sleepUntil(atMs - aheadMs, signal),
      }
      const world = fakeWorld({ clock: clock as never, topUps: [new PaymentRefusedError()] })
      const { chain } = world.ports
      const authorization: typeof chain.authorization = async (...asked) => {
        const found = await chain.authorization(...asked)
        if (isOver) aheadMs = 400_000
        return found
      }
      const ports = { ...world.ports, chain: { ...chain, authorization } }
      const budget = createBudgetGuard({ budget: { maxUsd: 10n ** 9n }, clock })
      await engine.serve({ open: async () => ({ ports, limits, budget }), clock })
      const asked = ofWallet({ mustProve: false })
      await engine.client.submit(asked)
      const { failure } = await engine.ended(asked)
      expect(failure?.code).toBe('x402/payment-refused')
      return { world, asked, setAside: () => setAsideFor(asked) }
    }

    // Regression: 2026-12-01 — what was never paid stayed set aside in the budget of all wallets until somebody retried.
    it('gives back what a payment was to cost once it can never be taken, and pays once when it is retried', async () => {
      const { world, asked, setAside } = await serveRefusing({ isOver: true })
      await vi.waitFor(async () => expect(await setAside()).toBe('0'), { timeout: 20_000, interval: 50 })
      expect((await engine.client.status(asked)).summary).toMatchObject({ outcome: 'failed', spent: { usd: '0' } })
      await engine.client.submit({ ...asked, pass: 2 })
      expect(await engine.ended(asked, 2)).toMatchObject({ outcome: 'funded', spent: { usd: '5000000' } })
      await vi.waitFor(async () => expect(await setAside()).toBe('5000000'), { timeout: 20_000, interval: 50 })
      expect([...world.settled.values()]).toEqual([5_000_000n])
    })

    it('counts a payment that may still be taken, and posts the same one when it is retried', async () => {
      const { world, asked, setAside } = await serveRefusing({ isOver: false })
      expect(await setAside()).toBe('5000000')
      await engine.client.submit({ ...asked, pass: 2 })
      expect(await engine.ended(asked, 2)).toMatchObject({ outcome: 'funded', spent: { usd: '5000000' } })
      expect(await setAside()).toBe('5000000')
      expect(new Set(world.posted.map(({ payment }) => payment.nonce)).size).toBe(1)
      expect([...world.settled.values()]).toEqual([5_000_000n])
    })
  })

  it('sleeps at Restate: a wait survives a killed server', async () => {
    const world = worldNow({ mints: [new RateLimitedError({ retryAfterMs: 3_000 })] })
    await engine.serve({ open: opening(world) })
    const asked = newOrder()
    await engine.client.submit(asked)
    await engine.until(asked, ({ summary }) => summary?.state === 'mint.wait')
    await engine.server.restart()
    expect(await engine.ended(asked)).toMatchObject({ outcome: 'funded', keys: 1 })
    expect(world.counts.posts).toBe(2)
  })

  /** Serves the object over `runs`, like a worker. */
  async function serveRuns(runs: Runs): Promise<void> {
    const sdk = await loadSdk()
    const stopping = new AbortController().signal
    const handler = sdk.createEndpointHandler({
      services: [walletObject(sdk, { runs, clock: systemClock, stopping }), budgetObject(sdk)],
      logger: () => {},
    })
    const server = createServer(handler).listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => {
      server.close()
    })
    await engine.client.register(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  }

  /** Serves wallets of the next chains, and loses the answer to the n-th step of the n-th of them. @returns the first chain. */
  async function serveLosing(open: OpenWallet, { losesMemory }: { losesMemory: boolean }): Promise<number> {
    const counts = new Map<number, number>()
    const runs = createRuns(open, { clock: systemClock, seats: createSeats(100) })
    const first = chains + 1
    await serveRuns({
      ...runs,
      async within(turn, work) {
        const { chainId } = turn.order
        const done = await runs.within(turn, work)
        const step = (counts.get(chainId) ?? 0) + 1
        counts.set(chainId, step)
        if (step !== chainId - first + 1) return done
        if (losesMemory) runs.drop(`${chainId}-${ADDRESS.toLowerCase()}`)
        throw new Error('the worker is gone before its answer is journaled')
      },
    })
    return first
  }

  it.each([
    ['with its memory kept', false],
    ['with its memory lost', true],
  ])('pays once when any single answer of a worker is lost, %s', async (_, losesMemory) => {
    const worlds = new Map<number, ReturnType<typeof fakeWorld>>()
    const limits = { budget: { maxUsd: 5_000_000n } }
    const open: OpenWallet = async ({ chainId }) => {
      const world = worlds.get(chainId) ?? worldNow()
      worlds.set(chainId, world)
      const budget = createBudgetGuard({ budget: { maxUsd: 10n ** 9n }, clock: systemClock })
      return { ports: world.ports, limits, budget }
    }
    const first = await serveLosing(open, { losesMemory })
    // One wallet per step.
    const orders = Array.from({ length: 8 }, () =>
      newOrder({ credential: 'wallet', fund: { way: 'x402', amount: '5000000' } }),
    )
    for (const asked of orders) await engine.client.submit(asked)
    for (const asked of orders) {
      const summary = await engine.ended(asked)
      expect(summary).toMatchObject({ outcome: 'funded', spent: { vvv: '0', usd: '5000000' } })
      const nonces = worlds.get(asked.chainId)?.posted.map(({ payment }) => payment.nonce)
      expect(new Set(nonces).size, `payments of wallet ${asked.chainId - first}`).toBe(1)
    }
  })

  it.each([
    ['with its memory kept', false],
    ['with its memory lost', true],
  ])('does nothing twice when any single answer of a worker is lost, %s', async (_, losesMemory) => {
    const worlds = new Map<number, ReturnType<typeof fakeWorld>>()
    const open: OpenWallet = async ({ chainId }) => {
      const world = worlds.get(chainId) ?? worldNow()
      worlds.set(chainId, world)
      return { ports: world.ports }
    }
    const first = await serveLosing(open, { losesMemory })
    // One wallet per step.
    const orders = Array.from({ length: 12 }, () => newOrder())
    for (const asked of orders) await engine.client.submit(asked)
    for (const asked of orders) {
      const summary = await engine.ended(asked)
      const world = worlds.get(asked.chainId)
      expect(summary).toMatchObject({ outcome: 'funded', spent: { vvv: (10n ** 18n).toString() } })
      expect(new Set(world?.sent.map(({ hash }) => hash)).size).toBe(2)
      const unheld = world?.keys.filter(({ apiKey }) => apiKey !== world.held) ?? []
      expect(unheld.length, `keys of ${asked.chainId - first} that nobody holds`).toBeLessThanOrEqual(summary.orphans)
      if (!losesMemory) expect(unheld).toEqual([])
    }
  })
})

import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { systemClock } from '../../src/adapters/clock.ts'
import { drive } from '../../src/driver/driver.ts'
import { createEffects } from '../../src/driver/effects/create.ts'
import { seal } from '../../src/driver/envelope.ts'
import type { WalletLimits } from '../../src/fleet/approval.ts'
import { createBudgetGuard } from '../../src/fleet/budget-guard.ts'
import { createFleetClient } from '../../src/fleet/client.ts'
import { base58, openIdentity } from '../../src/fleet/identity.ts'
import { leasesFrom } from '../../src/fleet/leases.ts'
import { LIMITS } from '../../src/fleet/names.ts'
import { startWorker } from '../../src/fleet/worker.ts'
import { type RestateServer, startServer } from '../../src/hosts/restate/server.ts'
import { HAS_SERVER_PACKAGE, order, useEngine } from '../fleet/engine.ts'
import { ADDRESS, VVV } from '../support/samples.ts'
import { fakeWorld } from '../support/world.ts'

const newDirectory = (): string => {
  const directory = mkdtempSync(join(tmpdir(), 'venice-onboard-hostile-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

/** A world in real time, because Restate's timers need it. */
const worldNow = () => fakeWorld({ clock: systemClock as never })
type World = ReturnType<typeof worldNow>
const opening = (world: World) => async () => ({ ports: world.ports })

/** The fake wallet has one address; runs differ by their chains. */
let chains = 5_000
const newOrder = (changes = {}) => {
  chains += 1
  return order(ADDRESS, { chainId: chains, ...changes })
}

describe.runIf(HAS_SERVER_PACKAGE)('a worker that a second Restate can reach', () => {
  const engine = useEngine()
  const directory = mkdtempSync(join(tmpdir(), 'venice-onboard-stranger-'))
  const strangers: RestateServer[] = []
  beforeAll(async () => {
    const { path: identityFile } = openIdentity(join(directory, 'identity.pem'))
    strangers.push(await startServer({ directory: join(directory, 'unsigned'), env: process.env }))
    strangers.push(await startServer({ directory: join(directory, 'other'), env: process.env, identityFile }))
  })
  afterAll(async () => {
    for (const { kill } of strangers) await kill()
    rmSync(directory, { recursive: true, force: true })
  })

  it('refuses its registration, signed with another key or unsigned, and serves its own Restate', async () => {
    const world = worldNow()
    const worker = await engine.serve({ open: opening(world) })
    for (const stranger of strangers) {
      const registering = createFleetClient(stranger).register(worker.url)
      await expect(registering).rejects.toMatchObject({ code: 'fleet/identity-refused', exit: 'config' })
    }
    expect(world.counts.transactions).toBe(0)
    const asked = newOrder()
    await engine.client.submit(asked)
    expect((await engine.ended(asked)).outcome).toBe('funded')
  })

  it('does nothing for it when the registration came before the worker knew whom to trust', async () => {
    const [stranger] = strangers
    if (stranger === undefined) throw new Error('There is no stranger.')
    const client = createFleetClient(stranger)
    const careless = await startWorker({ clock: systemClock, open: opening(worldNow()), allowAnyRestate: true })
    await client.register(careless.url)
    await careless.close()
    const world = worldNow()
    await engine.serve({ open: opening(world), port: careless.port })
    const asked = newOrder()
    await client.submit(asked)
    const stuck = await vi.waitFor(
      async () => {
        const [first] = (await client.invocations()).values()
        if (first === undefined || first.lastFailure === null) throw new Error('It was not tried yet.')
        return first
      },
      { timeout: 20_000, interval: 50 },
    )
    expect(stuck.lastFailure).toContain('401')
    expect(world.counts).toMatchObject({ transactions: 0, posts: 0 })
  })

  it('answers no call without a signature', async () => {
    const { url } = await engine.serve({ open: opening(worldNow()) })
    const { connect } = await import('node:http2')
    for (const path of ['/discover', '/invoke/VeniceOnboardWallet/onboard', '/invoke/VeniceOnboardBudget/reserve']) {
      const session = connect(url)
      const request = session.request({ ':path': path, ':method': path === '/discover' ? 'GET' : 'POST' })
      const status = await new Promise((resolve) =>
        request.on('response', ({ ':status': answered }) => resolve(answered)).end(),
      )
      session.destroy()
      expect(status, path).toBe(401)
    }
  })
})

describe.runIf(HAS_SERVER_PACKAGE)('a caller who reaches the ingress', () => {
  const engine = useEngine()
  const keyOf = ({ chainId }: { chainId: number }) => `${chainId}-${ADDRESS.toLowerCase()}`
  const post = (path: string, body: unknown) =>
    fetch(`${engine.server.ingressUrl}/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
  /** A worker whose wallets are one fake world each, under the fleet's budget. */
  const serveUnder = async (maxVvv: () => bigint, limits: WalletLimits = {}) => {
    const worlds = new Map<number, World>()
    await engine.serve({
      async open({ chainId }) {
        const world = worlds.get(chainId) ?? worldNow()
        worlds.set(chainId, world)
        const budget = createBudgetGuard({ budget: { maxVvv: maxVvv() }, clock: systemClock })
        return { ports: world.ports, budget, limits }
      },
    })
    return worlds
  }

  it('cannot lower, reset or settle the fleet’s spending', async () => {
    await serveUnder(() => VVV)
    const asked = newOrder()
    await engine.client.submit(asked)
    expect((await engine.ended(asked)).outcome).toBe('funded')
    // The fee that was paid replaces its ceiling.
    await expect
      .poll(async () => (await engine.budget()).totals)
      .toEqual({ vvv: VVV.toString(), feeWei: '1000', usd: '0' })
    const settled = await engine.budget()
    const spender = { service: 'VeniceOnboardWallet', key: keyOf(asked) }
    const nothing = { vvv: '0', feeWei: '0', maxVvv: null, maxFeeWei: null }
    const forged = [
      ['VeniceOnboardBudget/all/reserve', { ...spender, ...nothing }],
      ['VeniceOnboardBudget/all/reserve', { wallet: keyOf(asked), ...nothing }],
      ['VeniceOnboardBudget/all/reserve/send', { ...spender, ...nothing }],
      ['VeniceOnboardBudget/all/settle', spender],
      [`VeniceOnboardWallet/${keyOf(asked)}/committed`, null],
      [`VeniceOnboardWallet/${keyOf(asked)}/decide`, null],
      [`VeniceOnboardTreasury/${keyOf(asked)}/committed`, null],
      [`VeniceOnboardTreasury/${keyOf(asked)}/stake`, {}],
    ] as const
    for (const [path, body] of forged) {
      const { status } = await post(path, body)
      expect(status, path).toBeGreaterThanOrEqual(400)
    }
    expect(await engine.budget()).toEqual(settled)
    const next = newOrder()
    await engine.client.submit(next)
    expect((await engine.ended(next)).failure).toMatchObject({ code: 'fleet/budget-exceeded' })
  })

  it('reaches only what clients and workers need', async () => {
    await serveUnder(() => VVV)
    const response = await fetch(`${engine.server.adminUrl}/services`)
    const { services } = (await response.json()) as {
      services: { name: string; handlers: { name: string; public: boolean }[] }[]
    }
    const reached = services.map(({ name, handlers }): [string, string[]] => [
      name,
      handlers.flatMap((handler) => (handler.public ? [handler.name] : [])).sort(),
    ])
    expect(Object.fromEntries(reached)).toEqual({
      VeniceOnboardWallet: ['history', 'onboard', 'status'],
      VeniceOnboardTreasury: ['sponsor'],
      // For workers, which have the secret; see below.
      VeniceOnboardLimits: ['lease'],
      VeniceOnboardBudget: [],
    })
  })

  it('uses none of the workers’ shared rates, and lowers none', async () => {
    await serveUnder(() => VVV)
    const lease = leasesFrom(engine.client, 'rpc')
    const own = { worker: 'a', process: 'p', cap: 10, holds: 0, wants: 10 }
    const never = new AbortController().signal
    expect(await lease(own, never)).toBe(10)
    const greedy = { worker: 'thief', process: 'x', cap: 1, holds: 0, wants: 1 }
    const guesses = [{}, { token: '' }, { token: '0'.repeat(64) }, { token: null }, { token: ['a'] }]
    for (const [index, guess] of guesses.entries()) {
      const { status } = await post(`${LIMITS}/rpc/lease`, { ...greedy, ...guess })
      expect([400, 401], JSON.stringify(guess)).toContain(status)
      expect((await post(`${LIMITS}/kind-${index}/lease`, { ...greedy, ...guess })).status).toBeGreaterThanOrEqual(400)
    }
    expect(await lease({ ...own, holds: 10 }, never)).toBe(10)
  })

  it('learns from no answer the secret that a worker presents for a lease', async () => {
    await serveUnder(() => VVV)
    const refused = await post(`${LIMITS}/venice/lease`, { worker: 'a', process: 'p', cap: 1, holds: 0, wants: 1 })
    expect(refused.status).toBe(401)
    const token = await engine.client.leaseToken('venice')
    expect(token).toMatch(/^[0-9a-f]{64}$/)
    expect(await refused.text()).not.toContain(token)
  })

  it('gets at most what the worker allows for a wallet', async () => {
    const worlds = await serveUnder(() => 1_000n * VVV)
    const greedy = [
      { stakeAmount: (10n * VVV).toString() },
      { stakeAmount: (VVV + 1n).toString(), maxVvv: (100n * VVV).toString() },
      { stakeAmount: (VVV / 2n).toString(), maxVvv: (VVV / 4n).toString() },
      { key: { type: 'ADMIN' as const } },
    ].map((changes) => newOrder(changes))
    for (const asked of greedy) {
      await engine.client.submit(asked)
      const { outcome, failure } = await engine.ended(asked)
      expect({ outcome, code: failure?.code }).toEqual({ outcome: 'failed', code: 'fleet/order-refused' })
      expect(worlds.get(asked.chainId)?.counts).toMatchObject({ transactions: 0, posts: 0 })
    }
  })

  it('gets it when the worker allows it', async () => {
    await serveUnder(() => 1_000n * VVV, { maxStake: 3n * VVV, keyTypes: ['ADMIN'] })
    const asked = newOrder({ stakeAmount: (3n * VVV).toString(), key: { type: 'ADMIN' } })
    await engine.client.submit(asked)
    expect(await engine.ended(asked)).toMatchObject({ outcome: 'funded', spent: { vvv: (3n * VVV).toString() } })
  })

  it('starts a pass once, whatever is sent again', async () => {
    const worlds = await serveUnder(() => 1_000n * VVV)
    const asked = newOrder()
    await engine.client.submit(asked)
    await engine.ended(asked)
    for (const replayed of [asked, { ...asked, stakeAmount: (VVV * 2n).toString() }]) {
      expect((await post(`VeniceOnboardWallet/${keyOf(asked)}/onboard`, replayed)).status).toBe(409)
    }
    expect(worlds.get(asked.chainId)?.counts).toMatchObject({ transactions: 2, posts: 1 })
  })

  it('gains nothing from an edited record that asks for more', async () => {
    const worlds = await serveUnder(() => 1_000n * VVV)
    const asked = newOrder()
    const key = keyOf(asked)
    // Written as with access to Restate's admin API, with a valid checksum.
    const request = { runId: 'forged', address: ADDRESS, chainId: asked.chainId, key: { type: 'ADMIN' as const } }
    const input = { request: { ...request, stakeAmount: (9n * VVV).toString() }, mustProve: false }
    const host = { now: () => new Date().toISOString(), publish: () => {}, save: async () => {} }
    const { envelope } = await drive({
      effects: createEffects(worldNow().ports, {}),
      host: { ...host, step: (_, run) => run(), sleepUntil: async () => {} },
      envelope: null,
      input,
      signal: AbortSignal.abort(),
    })
    const text = JSON.stringify(await seal(envelope))
    const state = { record: [...Buffer.from(text)] }
    const edited = await fetch(`${engine.server.adminUrl}/services/VeniceOnboardWallet/state`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ object_key: key, new_state: state }),
    })
    expect(edited.ok).toBe(true)
    await expect.poll(async () => (await engine.client.status(asked)).result).not.toBeNull()
    await engine.client.submit(asked)
    // A request that was never signed is not kept: the order counts, and nothing that was written there.
    expect((await engine.ended(asked)).outcome).toBe('funded')
    const world = worlds.get(asked.chainId)
    expect(world?.wallet.sVvv).toBe(VVV)
    expect(world?.keys.map(({ type }) => type)).toEqual(['INFERENCE'])
  })
})

describe('a worker without an identity key', () => {
  it.each([
    ['at loopback', {}, '127.0.0.1'],
    ['beyond loopback', { host: '0.0.0.0' }, '0.0.0.0'],
    ['beyond loopback, whatever the options say', { host: '0.0.0.0', allowAnyRestate: true }, '0.0.0.0'],
    ['at a name that only resembles loopback', { host: '127.example.org', allowAnyRestate: true }, '127.example.org'],
  ])('does not serve %s', async (_, options, named) => {
    const starting = startWorker({ clock: systemClock, open: opening(worldNow()), ...options })
    await expect(starting).rejects.toMatchObject({
      code: 'fleet/identity-missing',
      message: expect.stringContaining(named),
    })
  })
})

describe('the identity key of a Restate', () => {
  it('is created once, for its owner alone', () => {
    const path = join(newDirectory(), 'identity.pem')
    const made = openIdentity(path)
    expect(made.publicKey).toMatch(/^publickeyv1_[1-9A-HJ-NP-Za-km-z]{43,44}$/)
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(readFileSync(path, 'utf8')).toContain('BEGIN PRIVATE KEY')
    expect(openIdentity(path)).toEqual(made)
  })

  it('is not read from a file that others may read, from a link, or from another kind of file', () => {
    const directory = newDirectory()
    const path = join(directory, 'identity.pem')
    const refusal = (where: string) => {
      try {
        openIdentity(where)
      } catch (error) {
        return error
      }
      return null
    }
    openIdentity(path)
    chmodSync(path, 0o640)
    expect(refusal(path)).toMatchObject({ code: 'fleet/identity-unreadable' })
    chmodSync(path, 0o600)
    symlinkSync(path, join(directory, 'link.pem'))
    writeFileSync(join(directory, 'text.pem'), 'canary text', { mode: 0o600 })
    for (const where of [join(directory, 'link.pem'), join(directory, 'text.pem'), directory]) {
      const error = refusal(where)
      expect(error, where).toMatchObject({ code: 'fleet/identity-unreadable' })
      expect(String(error)).not.toContain('canary')
    }
  })

  it.each([
    ['', ''],
    ['00', '1'],
    ['0000287fb4cd', '11233QC4'],
    ['48656c6c6f20576f726c6421', '2NEpo7TZRRrLZSi2U'],
  ])('is encoded in base58: %s is %s', (hex, text) => {
    expect(base58(Buffer.from(hex, 'hex'))).toBe(text)
  })
})

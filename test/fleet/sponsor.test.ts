import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { walletKey } from '../../src/fleet/names.ts'
import type { TreasurySummary } from '../../src/fleet/treasury-order.ts'
import { auditFleet, type FleetWorld, STAKE, startFleetWorld } from '../support/fleet.ts'
import { HAS_SERVER_PACKAGE } from './engine.ts'

/** More than one batch of stakes, so that one approve covers several batches. */
const WALLETS = 60
const LIST = ['--hd', `0-${WALLETS - 1}`]

describe.runIf(HAS_SERVER_PACKAGE)('a treasury of a fleet', () => {
  const begin = async (wallets = WALLETS): Promise<FleetWorld> => {
    const world = await startFleetWorld({ wallets, isSponsored: true })
    onTestFinished(() => world.close())
    return world
  }
  const treasuryOf = ({ treasury }: FleetWorld) => ({ chainId: 8453, address: treasury ?? '' })
  const standing = (world: FleetWorld, fits: (summary: TreasurySummary) => boolean): Promise<TreasurySummary> =>
    vi.waitFor(
      async () => {
        const summary = (await world.client.treasuries()).get(walletKey(treasuryOf(world)))
        if (summary === undefined || !fits(summary)) throw new Error(JSON.stringify(summary))
        return summary
      },
      { timeout: 100_000, interval: 50 },
    )

  it('approves once, stakes once and mints one key per wallet, while its worker and Restate are killed', {
    timeout: 200_000,
  }, async () => {
    const world = await begin()
    const { sandbox, server } = world
    await sandbox.chain.setBlockTime(500)
    let worker = await world.startWorker()
    const sponsoring = world.run('sponsor', ...LIST, '--submit', '--yes', '--json')
    await standing(world, ({ state }) => state === 'awaitConfirmation.watch')
    await worker.kill()
    const said = worker.said()
    worker = await world.startWorker()
    await standing(world, ({ staked }) => staked > 0)
    await server.restart()
    await worker.kill()
    worker = await world.startWorker()
    await standing(world, ({ handedIn }) => handedIn > 0)
    await worker.kill()
    worker = await world.startWorker()
    const { code, stdout, stderr } = await sponsoring
    expect(code, stdout + stderr).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({
      treasury: world.treasury,
      outcome: 'done',
      staked: WALLETS,
      handedIn: WALLETS,
      spent: { vvv: (BigInt(WALLETS) * STAKE).toString() },
    })
    await world.run('status', '--follow', '--json')
    await world.run('reclaim', '--yes')
    const followed = await world.run('status', '--follow', '--json')
    expect(JSON.parse(followed.stdout)).toMatchObject({ wallets: WALLETS, outcomes: { failed: 0 }, keys: WALLETS })
    expect(await auditFleet(world)).toEqual({ wrong: [], orphans: 0, staked: BigInt(WALLETS) * STAKE })

    const again = await world.run('sponsor', ...LIST, '--submit', '--yes', '--json')
    expect(JSON.parse(again.stdout)).toMatchObject({
      outcome: 'done',
      staked: WALLETS,
      handedIn: 0,
      spent: { vvv: '0' },
    })
    expect(await auditFleet(world)).toMatchObject({ wrong: [] })
    const printed = said + worker.said() + stdout + stderr + again.stdout
    for (const [what, secret] of world.secrets) expect(printed, what).not.toContain(secret)
  })

  it('signs nothing beyond its budget, and nothing for foreign wallets', { timeout: 100_000 }, async () => {
    const world = await begin(3)
    await world.startWorker(['--fleet-max-vvv', '2'])
    const codeOf = async (...words: string[]) => {
      const { code, stdout } = await world.run('sponsor', ...words, '--yes', '--json')
      return { code, failure: JSON.parse(stdout).failure?.code }
    }
    expect(await codeOf('--hd', '0-1', '--max-vvv', '1')).toEqual({ code: 5, failure: 'policy/budget-exceeded' })
    expect(await codeOf('--hd', '0-1', '--max-gas-eth', '0.000000001')).toMatchObject({
      failure: 'policy/budget-exceeded',
    })
    expect(await codeOf('--hd', '0-2')).toEqual({ code: 5, failure: 'fleet/budget-exceeded' })
    expect(await codeOf('--hd', '0-2', '--stake', '5')).toEqual({ code: 5, failure: 'fleet/order-refused' })
    const stranger = { address: '0x52908400098527886e0f7030069857d2e4169ee7' as const, amount: '1' }
    const order = { ...treasuryOf(world), address: world.treasury ?? stranger.address, wallets: [stranger] }
    expect(await world.client.sponsor({ ...order, pass: 5 })).toBe(true)
    const { failure } = await standing(world, ({ pass, outcome }) => pass === 5 && outcome === 'failed')
    expect(failure).toMatchObject({ code: 'fleet/signer-unknown' })
    const nonce = await world.sandbox.chain.public.getTransactionCount({ address: order.address, blockTag: 'pending' })
    expect(nonce).toBe(0)
  })

  it('stakes for no wallet that may be staking for itself', { timeout: 100_000 }, async () => {
    const world = await begin(2)
    const { chain } = world.sandbox
    for (const address of world.addresses) await chain.fund(address, { eth: 10n ** 16n, vvv: STAKE })
    await chain.setBlockTime(undefined)
    await world.startWorker()
    await world.run('submit', '--hd', '0', '--yes')
    await vi.waitFor(
      async () => {
        const [summary] = [...(await world.client.summaries()).values()]
        expect(summary?.state).toBe('awaitConfirmation.watch')
      },
      { timeout: 30_000, interval: 50 },
    )
    const { code, stdout } = await world.run('sponsor', '--hd', '0-1', '--yes', '--json')
    expect(code).toBe(3)
    expect(JSON.parse(stdout).failure).toMatchObject({
      code: 'fleet/wallets-staking',
      facts: [expect.stringContaining(world.addresses[0] ?? '')],
    })
  })

  it('works on one list at a time, and only where its key is', { timeout: 100_000 }, async () => {
    const world = await begin(2)
    await world.sandbox.chain.setBlockTime(undefined)
    const other = '0x52908400098527886e0f7030069857d2e4169ee7'
    await world.startWorker()
    const elsewhere = await world.run('sponsor', '--hd', '0', '--treasury', other, '--yes', '--json')
    expect(JSON.parse(elsewhere.stdout).failure).toMatchObject({ code: 'fleet/treasury-unknown' })
    const first = world.run('sponsor', '--hd', '0', '--yes', '--json')
    await standing(world, ({ state }) => state === 'awaitConfirmation.watch')
    const second = await world.run('sponsor', '--hd', '1', '--yes', '--json')
    expect(second.code).toBe(7)
    expect(JSON.parse(second.stdout).failure).toMatchObject({ code: 'fleet/treasury-busy' })
    await world.sandbox.chain.setBlockTime(0)
    await world.sandbox.chain.mine()
    expect((await first).code).toBe(0)
  })
})

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { ADDRESSES, type Address } from '../../src/domain/addresses.ts'
import { usdcAbi } from '../../src/sandbox/contracts/abi.ts'
import { type FleetWorld, startFleetWorld } from '../support/fleet.ts'
import { HAS_SERVER_PACKAGE } from './engine.ts'

/** Fewer than have their turn to pay in the first minute, so that one that pays again need not wait. */
const WALLETS = 6
const CREDIT = 5_000_000n

describe.runIf(HAS_SERVER_PACKAGE)('wallets of a fleet that pay for calls themselves', () => {
  let world: FleetWorld
  const begin = async () => {
    world = await startFleetWorld({ wallets: WALLETS, funds: { usdc: 2n * CREDIT }, isLimited: false })
    onTestFinished(() => world.close())
    const rows = world.addresses.map((address, index) => `${address},${index},wallet,x402:5`)
    writeFileSync(join(world.cwd, 'wallets.csv'), ['address,index,credential,fund', ...rows].join('\n'))
    return world
  }
  /** What wallets have paid in USDC, and their credit at Venice, in dollars; and their transactions. */
  const paidBy = async (address: Address) => {
    const { chain, venice } = world.sandbox
    const usdc = await chain.public.readContract({
      address: ADDRESSES.usdc,
      abi: usdcAbi,
      functionName: 'balanceOf',
      args: [address],
    })
    const transactions = await chain.public.getTransactionCount({ address, blockTag: 'latest' })
    return { paid: Number(2n * CREDIT - usdc) / 1e6, credit: venice.accountOf(address).x402, transactions }
  }
  const submit = (...options: string[]) => world.run('submit', 'wallets.csv', '--yes', '--json', ...options)
  const follow = async () => {
    const { code, stdout } = await world.run('status', '--follow', '--json')
    return { code, overview: JSON.parse(stdout) }
  }

  it('buy their credit once each while workers and Restate are killed', { timeout: 200_000 }, async () => {
    const { client, server, sandbox, addresses } = await begin()
    await sandbox.chain.setBlockTime(500)
    const bounds = ['--max-usd', '5', '--fleet-max-usd', '30']
    let worker = await world.startWorker(bounds)
    const submitted = JSON.parse((await submit()).stdout)
    expect(submitted).toMatchObject({ submitted: WALLETS, vvv: '0', usd: (BigInt(WALLETS) * CREDIT).toString() })
    for (let kill = 1; kill <= 4; kill += 1) {
      await vi.waitFor(
        async () => {
          const summaries = [...(await client.summaries()).values()]
          const isFurther = summaries.filter(({ revision, outcome }) => revision > kill || outcome !== 'running')
          if (isFurther.length < 4) throw new Error(JSON.stringify(summaries.map(({ state }) => state)))
        },
        { timeout: 50_000, interval: 20 },
      )
      await worker.kill()
      if (kill === 2) await server.restart()
      worker = await world.startWorker(bounds)
    }
    const { code, overview } = await follow()
    expect(overview.failures).toEqual([])
    expect([code, overview.outcomes.funded, overview.withCredit]).toEqual([0, WALLETS, WALLETS])
    expect(overview).toMatchObject({ keys: 0, spent: { vvv: '0', feeWei: '0', usd: (30_000_000).toString() } })
    for (const address of addresses) expect(await paidBy(address)).toEqual({ paid: 5, credit: 5, transactions: 0 })
    const { stdout } = await world.run('status')
    expect(stdout).toContain('$30 for credit')
  })

  it('pay together at most what the fleet may, and the others say so', { timeout: 200_000 }, async () => {
    const { addresses } = await begin()
    await world.startWorker(['--max-usd', '5', '--fleet-max-usd', '24.99'])
    await submit()
    const { code, overview } = await follow()
    expect([code, overview.outcomes]).toMatchObject([1, { funded: 4, failed: 2 }])
    expect(overview.failures).toMatchObject([{ code: 'fleet/budget-exceeded', count: 2 }])
    const paid = await Promise.all(addresses.map(paidBy))
    expect(paid.map((one) => one.paid).sort()).toEqual([0, 0, 5, 5, 5, 5])
    expect(overview.spent.usd).toBe('20000000')
  })
})

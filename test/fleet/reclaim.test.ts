import { expect, it, onTestFinished } from 'vitest'
import { auditFleet, STAKE, startFleetWorld } from '../support/fleet.ts'
import { MINT } from '../support/sandbox.ts'
import { HAS_SERVER_PACKAGE } from './engine.ts'

it.runIf(HAS_SERVER_PACKAGE)(
  'a fleet whose mint replies were lost ends with one key per wallet, and with no key that nobody holds',
  {
    timeout: 100_000,
  },
  async () => {
    const world = await startFleetWorld({ wallets: 2 })
    onTestFinished(() => world.close())
    const { faults } = world.sandbox
    await world.startWorker()
    const followed = async () => {
      const { code, stdout } = await world.run('status', '--follow', '--json')
      return { code, ...JSON.parse(stdout) }
    }
    // The first wallet stops after the maximum of lost keys; the second gets its key with the next mint.
    faults.add({ on: MINT, times: 3, effect: { kind: 'dropAfter' } })
    await world.run('submit', '--hd', '0', '--yes')
    expect(await followed()).toMatchObject({
      code: 1,
      orphans: 3,
      failures: [{ code: 'venice/mint-outcome-unknown', hint: expect.stringContaining('fleet reclaim') }],
    })
    faults.add({ on: MINT, effect: { kind: 'dropAfter' } })
    await world.run('submit', '--hd', '1', '--yes')
    expect(await followed()).toMatchObject({ keys: 1, orphans: 4 })

    expect((await world.run('reclaim', '--json')).code).not.toBe(0)
    // An interrupted step keeps its amendments, and the rest starts again.
    faults.add({ on: 'DELETE /api_keys', effect: { kind: 'dropAfter' } })
    const reclaimed = await world.run('reclaim', '--yes', '--json')
    expect(JSON.parse(reclaimed.stdout)).toEqual(expect.objectContaining({ wallets: 2, orphans: 4, submitted: 2 }))
    expect(await followed()).toMatchObject({ code: 0, keys: 2, orphans: 0, outcomes: { unfunded: 2 } })
    expect(await auditFleet(world)).toEqual({ wrong: [], orphans: 0, staked: 2n * STAKE })
    expect(JSON.parse((await world.run('reclaim', '--yes', '--json')).stdout)).toMatchObject({ wallets: 0 })
  },
)

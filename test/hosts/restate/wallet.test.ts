import { describe, expect, it } from 'vitest'
import { ADDRESS } from '../../support/samples.ts'
import { fakeWorld } from '../../support/world.ts'
import { systemClock } from '../../../src/adapters/clock.ts'
import { HAS_SERVER_PACKAGE, order, useEngine } from './engine.ts'

describe.runIf(HAS_SERVER_PACKAGE)('a wallet at Restate', () => {
  const engine = useEngine()

  it('is onboarded', async () => {
    const world = fakeWorld({ clock: systemClock as never })
    await engine.serve({ open: async () => ({ ports: world.ports }) })
    expect(await engine.client.submit(order(ADDRESS))).toBe(true)
    const summary = await engine.ended(ADDRESS)
    console.log(summary, await engine.client.status({ chainId: 8453, address: ADDRESS }), (await engine.client.history({ chainId: 8453, address: ADDRESS }, 0)).map((l) => l.length), await engine.client.invocations(), await engine.client.summaries())
    expect(summary.outcome).toBe('funded')
  })
})

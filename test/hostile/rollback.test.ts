import { describe, expect, it } from 'vitest'
import type { FundRequest } from '../../src/domain/fund.ts'
import { createEffects } from '../../src/driver/effects/create.ts'
import { type Envelope, recordOf } from '../../src/driver/envelope.ts'
import { ownKeysOf } from '../../src/operations/own-keys.ts'
import { Crash, driveOn, memoryHost, onDisk } from '../support/memory-host.ts'
import { request, VVV } from '../support/samples.ts'
import { fakeWorld, type WorldOptions, watchedPorts } from '../support/world.ts'

type World = ReturnType<typeof fakeWorld>

/** One process, to its end or to the `crashAt`-th point, and all generations of the record that it wrote. */
async function live(world: World, disk: string | null, { fund, crashAt }: { fund?: FundRequest; crashAt?: number }) {
  const host = memoryHost({ clock: world.clock, disk, ...(crashAt !== undefined && { crashAt }) })
  const generations: string[] = []
  const recording = {
    ...host,
    save: async (envelope: Parameters<typeof host.save>[0]) => {
      await host.save(envelope)
      if (host.disk !== null) generations.push(host.disk)
    },
  }
  const { record = null } = disk === null ? {} : { record: recordOf((await onDisk(host)) as Envelope) }
  // Like a file, it reports that it holds a key.
  const { sink, ...ports } = world.ports
  const probe = async () => ({
    ...(await sink.probe()),
    holds: world.held === null ? ('nothing' as const) : ('key' as const),
    last6: world.held?.slice(-6) ?? '',
  })
  const settings = { isOwnKey: ownKeysOf(record) }
  const effects = createEffects(watchedPorts({ ...ports, sink: { ...sink, probe } }, host.point), { settings })
  try {
    const { envelope } = await driveOn(recording, effects, { input: { request: request({ ...(fund && { fund }) }) } })
    return { host, generations, failure: envelope.snapshot.context.failure }
  } catch (error) {
    if (!(error instanceof Crash)) throw error
    return { host, generations, failure: null }
  }
}

const SCENARIOS: [string, WorldOptions, FundRequest?][] = [
  ['a stake and a key', {}],
  ['a stake by a delegated account', { account: 'delegated' }],
  ['DIEM', { vvv: 100n * VVV }, { way: 'diem', amount: (VVV / 10n).toString() }],
  ['paid credit', {}, { way: 'x402', amount: '5000000' }],
]

describe.each(SCENARIOS)('an older record of a run with %s that is restored', (_, options, fund) => {
  const asked = fund === undefined ? {} : { fund }
  const spentIn = (world: World) => ({
    sVvv: world.wallet.sVvv,
    diem: world.wallet.stakedDiem + world.wallet.diem,
    usdc: [...world.settled.values()].reduce((sum, value) => sum + value, 0n),
  })

  it('after the end stakes, locks and pays nothing a second time, and replaces no key', async () => {
    const ended = async () => {
      const world = fakeWorld(options)
      return { world, ...(await live(world, null, asked)) }
    }
    const straight = await ended()
    expect(straight.failure).toBeNull()
    for (const index of straight.generations.keys()) {
      const { world, generations } = await ended()
      const [before, key] = [spentIn(world), world.held]
      await live(world, generations[index] ?? null, asked)
      expect({ index, ...spentIn(world) }).toEqual({ index, ...before })
      expect(world.held).toBe(key)
    }
  })

  it('during the run stakes, locks and pays nothing a second time', async () => {
    const straight = fakeWorld(options)
    const { host } = await live(straight, null, asked)
    // Alternately the previous generation and the first one, because every point takes a minute.
    for (let crashAt = 1; crashAt <= host.points; crashAt += 3) {
      const world = fakeWorld(options)
      const { generations } = await live(world, null, { ...asked, crashAt })
      const back = crashAt % 2 === 0 ? 0 : Math.max(0, generations.length - 2)
      await live(world, generations[back] ?? null, asked)
      const [{ sVvv, diem, usdc }, now] = [spentIn(straight), spentIn(world)]
      expect(now.sVvv, `staked, back from ${crashAt} to ${back}`).toBeLessThanOrEqual(sVvv)
      expect(now.diem, `locked, back from ${crashAt} to ${back}`).toBeLessThanOrEqual(diem)
      expect(now.usdc, `paid, back from ${crashAt} to ${back}`).toBeLessThanOrEqual(usdc)
    }
  })
})

import { describe, expect, it } from 'vitest'
import type { FundRequest } from '../../src/domain/fund.ts'
import type { Driven } from '../../src/driver/driver.ts'
import { createEffects } from '../../src/driver/effects/create.ts'
import { isFinished } from '../../src/driver/envelope.ts'
import { SinkWriteError } from '../../src/errors/sink.ts'
import { RateLimitedError, TokenExpiredError } from '../../src/errors/venice/all.ts'
import { Crash, driveOn, type MemoryHost, memoryHost } from '../support/memory-host.ts'
import { request, VVV } from '../support/samples.ts'
import { shown } from '../support/told.ts'
import { fakeWorld, type WorldOptions, watchedPorts } from '../support/world.ts'

type World = ReturnType<typeof fakeWorld>

/** One process: fresh effects on the current world and disk, to its end or to the `crashAt`-th point. */
async function live(
  world: World,
  disk: string | null,
  { crashAt, fund }: { crashAt?: number; fund?: FundRequest | undefined } = {},
): Promise<{ host: MemoryHost; driven: Driven | null }> {
  const host = memoryHost({ clock: world.clock, disk, ...(crashAt !== undefined && { crashAt }) })
  const effects = createEffects(watchedPorts(world.ports, host.point))
  try {
    const input = { request: request({ ...(fund && { fund }) }) }
    return { host, driven: await driveOn(host, effects, { input }) }
  } catch (error) {
    if (!(error instanceof Crash)) throw error
    return { host, driven: null }
  }
}

const endOf = ({ envelope }: Driven) => ({
  state: envelope.snapshot.value,
  transactions: envelope.snapshot.context.record.attempts.map(({ purpose, nonce, status }) => [purpose, nonce, status]),
  funding: envelope.snapshot.context.record.funding?.spendable,
})

/** What is true of every run, however often it was interrupted. */
function checkPromises(world: World, { envelope }: Driven): void {
  const { record, request: asked } = envelope.snapshot.context
  const diemRuns = asked.fund === undefined ? 0 : 1
  // Another approve and stake are for the sVVV to be locked.
  const most = { approve: 1 + diemRuns, stake: 1 + diemRuns, mintDiem: diemRuns, stakeDiem: diemRuns }
  for (const [purpose, allowed] of Object.entries(most)) {
    const hashes = new Set(world.sent.filter((sent) => sent.purpose === purpose).map(({ hash }) => hash))
    expect(hashes.size, `${purpose} transactions`).toBeLessThanOrEqual(allowed)
  }
  const recorded = record.attempts.map(({ hash }) => hash)
  expect(recorded).toEqual(expect.arrayContaining(world.sent.map(({ hash }) => hash)))
  expect(world.held).not.toBeNull()
  for (const { apiKey, label } of world.keys) {
    const isReported = record.warnings.some((warning) => shown(warning).includes(`"${label}"`))
    expect(apiKey === world.held || isReported, `key "${label}" is stored or reported`).toBe(true)
  }
  expect(record.key?.last6).toBe(world.held?.slice(-6))
}

const DIEM: FundRequest = { way: 'diem', amount: (VVV / 10n).toString() }
const RICH = { vvv: 100n * VVV }

const SCENARIOS: [string, WorldOptions, FundRequest?][] = [
  ['approve and stake sent together', {}],
  ['approve and stake one after the other, a single-use challenge', { account: 'delegated', form: 'siwe' }],
  ['an allowance that is large enough', { allowance: 2n * VVV }],
  ['a stake that exists', { sVvv: VVV }],
  ['a stake that nodes forget', { dropped: ['stake'] }],
  ['a mint that takes three tries', { mints: [new RateLimitedError(), new TokenExpiredError()] }],
  ['a single-use challenge whose answer is lost', { form: 'siwe', mints: ['answer lost'] }],
  ['a token whose answer is lost', { mints: ['answer lost'] }],
  ['a sink that is full for a while', { stores: Array(3).fill(new SinkWriteError({ sink: 'fake', reason: 'x' })) }],
  ['DIEM to mint and stake', RICH, DIEM],
  [
    'DIEM to mint with a delegated account, and a lock that nodes forget',
    { ...RICH, account: 'delegated', dropped: ['mintDiem'] },
    DIEM,
  ],
  ['DIEM to stake', { diem: VVV }, DIEM],
]

describe.each(SCENARIOS)('a run with %s', (_, options, fund) => {
  it('ends the same wherever it is cut short: one approve, one stake and one stored key', async () => {
    const straightWorld = fakeWorld(options)
    const straight = await live(straightWorld, null, { fund })
    if (straight.driven === null) throw new Error('The straight run did not end.')
    checkPromises(straightWorld, straight.driven)
    expect(endOf(straight.driven).state).toBe('funded')

    for (let crashAt = 1; crashAt <= straight.host.points; crashAt += 1) {
      const world = fakeWorld(options)
      const first = await live(world, null, { crashAt, fund })
      expect(first.driven, `no crash at ${crashAt}`).toBeNull()
      const { driven } = await live(world, first.host.disk, { fund })
      if (driven === null) throw new Error('The run that went on did not end.')
      checkPromises(world, driven)
      expect({ crashAt, ...endOf(driven) }).toEqual({ crashAt, ...endOf(straight.driven) })
    }
  })

  it('ends with a stored key although each process gets only one point further than the last', async () => {
    const world = fakeWorld(options)
    let disk: string | null = null
    for (let crashAt = 3; crashAt <= 500; crashAt += 1) {
      const { host, driven } = await live(world, disk, { crashAt, fund })
      disk = host.disk
      // A run that lost its challenge too often and gave up is started again from its record.
      if (driven !== null && isFinished(driven.envelope)) return checkPromises(world, driven)
    }
    throw new Error('The run never ended.')
  })
})

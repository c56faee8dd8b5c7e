import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { keysToRevoke } from '../../machines/onboarding/retired.ts'
import { createRedactor } from '../../src/domain/redact.ts'
import { withRecord } from '../../src/operations/amend.ts'
import { rotateKey } from '../../src/operations/rotate-key.ts'
import { type RunOptions, runOnboarding } from '../../src/operations/run-onboarding.ts'
import { ADDRESS, VVV } from '../support/samples.ts'
import { fakeWorld, type WorldOptions } from '../support/world.ts'

/** This process's own chain id, so that its locks do not conflict with others. */
const chainId = 4_000_000 + process.pid

function setUp() {
  const stateDir = mkdtempSync(join(tmpdir(), 'venice-onboard-test-'))
  onTestFinished(() => rmSync(stateDir, { recursive: true, force: true }))
  const inWorld = (options: WorldOptions) => {
    const world = fakeWorld(options)
    const { ports, clock } = world
    const common = { ports, chainId, stateDir }
    return {
      world,
      run: (changes: Partial<RunOptions> = {}) =>
        runOnboarding({ ...common, wanted: { key: { type: 'ADMIN' } }, ...changes }),
      rotate: () => rotateKey({ ...common, redactor: createRedactor(), adminSigner: null }),
      record: () => withRecord({ stateDir, chainId, address: ADDRESS, clock }, async ({ record }) => record),
    }
  }
  return inWorld
}

it('spends nothing: when a key would need a stake, the old one stays and `run` is named', async () => {
  const inWorld = setUp()
  await inWorld({ sVvv: VVV }).run()
  const unstaked = inWorld({ sVvv: 0n })
  const { result, old } = await unstaked.rotate()
  expect(result.failure).toMatchObject({ code: 'keys/rotation-would-spend', exit: 'refused' })
  expect(result.failure?.hint).toContainEqual({ action: 'run', arguments: {} })
  expect(old).toMatchObject([{ status: 'toRevoke' }])
  expect([unstaked.world.counts.transactions, unstaked.world.counts.posts]).toEqual([0, 0])
  // `run` shows the plan for approval, and the old key is still known afterwards.
  expect(await unstaked.run()).toMatchObject({ outcome: 'funded', toRevoke: [{ type: 'ADMIN' }] })
})

it('deletes each old key once, and never the new one', async () => {
  const { world, run, rotate, record } = setUp()({})
  await run()
  await rotate()
  await rotate()
  const { key, retired } = await record()
  expect(retired).toMatchObject([{ status: 'revoked' }, { status: 'revoked' }])
  expect([...world.deleted]).toEqual(world.keys.slice(0, 2).map(({ id }) => id))
  expect([key?.label, world.held]).toEqual([world.keys[2]?.label, world.keys[2]?.apiKey])
})

it('keeps every retired key in the record until Venice has deleted it', async () => {
  const { world, run, rotate, record } = setUp()({})
  await run()
  const { listKeys } = world.ports.venice
  world.ports.venice.listKeys = async () => {
    throw new TypeError('a defect')
  }
  await expect(rotate()).rejects.toThrow('a defect')
  expect(keysToRevoke(await record())).toHaveLength(1)
  world.ports.venice.listKeys = listKeys
  expect((await rotate()).old).toMatchObject([{ status: 'revoked' }])
  expect(world.keys).toHaveLength(2)
})

// Regression: issue 22, number 5 — a failed payment request left both keys alive, and a repeat changed nothing.
it.each<[string, WorldOptions, NonNullable<RunOptions['wanted']>['fund']]>([
  ['to lock more sVVV than there is', { vvv: VVV }, { way: 'diem', amount: (1_000n * VVV).toString() }],
  ['to pay more USDC than there is', { usdc: 1_000_000n }, { way: 'x402', amount: '5000000' }],
  [
    'to pay for something Venice does not offer',
    { terms: () => ({ asset: `0x${'1'.repeat(40)}` }) },
    { way: 'x402', amount: '5000000' },
  ],
  ['to pay without approval', {}, { way: 'x402', amount: '7000000' }],
])('rotates the key of a run whose request %s fails', async (_, options, fund) => {
  const { world, run, rotate, record } = setUp()(options)
  await run()
  const wanted = { key: { type: 'ADMIN' as const }, ...(fund && { fund }) }
  const failed = await run({ wanted, settings: { approve: async () => false, approvePayment: async () => false } })
  expect(failed).toMatchObject({ outcome: 'failed', key: { type: 'ADMIN' } })
  const transactions = world.counts.transactions
  expect((await rotate()).old).toMatchObject([{ status: 'revoked' }])
  expect((await record()).key?.label).toBe(world.keys[1]?.label)
  expect([...world.deleted]).toEqual([world.keys[0]?.id])
  expect([world.keys.length, world.counts.transactions, world.counts.payments]).toEqual([2, transactions, 0])
})

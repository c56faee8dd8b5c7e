import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { PaymentDeclinedError } from '../../src/errors/policy.ts'
import { TooManyKeysError } from '../../src/errors/venice/all.ts'
import { recordedRun } from '../../src/hosts/file/recorded-run.ts'
import { type RunOptions, runOnboarding } from '../../src/operations/run-onboarding.ts'
import type { Wanted } from '../../src/operations/wanted.ts'
import { ADDRESS, VVV } from '../support/samples.ts'
import { shown } from '../support/told.ts'
import { fakeWorld, type WorldOptions } from '../support/world.ts'

// Regression: issue 18, number 8 — `run --stake 1000` failed for funds, and `run` insisted on 1000 from then on.
const chainId = 4_000_000 + process.pid
const NOTHING: Wanted = { key: {} }
const CREDIT = { way: 'x402', amount: '5000000' } as const

function setUp(options: WorldOptions = {}) {
  const stateDir = mkdtempSync(join(tmpdir(), 'venice-onboard-test-'))
  onTestFinished(() => rmSync(stateDir, { recursive: true, force: true }))
  const world = fakeWorld(options)
  const run = (wanted: Wanted | undefined, changes: Partial<RunOptions> = {}) =>
    runOnboarding({ ports: world.ports, chainId, stateDir, ...(wanted && { wanted }), ...changes })
  const requested = async () => (await recordedRun({ stateDir, chainId, address: ADDRESS }))?.snapshot.context.request
  return { world, run, requested }
}

const tooMuch = { stakeAmount: 1000n * VVV }

it.each<[string, Wanted, Partial<RunOptions>]>([
  ['a stake', { ...tooMuch, key: {} }, {}],
  ['a stake with key attributes', { ...tooMuch, key: { type: 'ADMIN', description: 'mine' } }, {}],
  ['a declined plan', { stakeAmount: 3n * VVV, key: {} }, { settings: { approve: async () => false } }],
  ['a budget that was too small', { stakeAmount: 3n * VVV, key: {} }, { settings: { budget: { maxVvv: VVV } } }],
  ['credit for a wallet without VVV', { ...tooMuch, key: {}, fund: CREDIT }, {}],
])('%s that was requested and never signed is not kept for the next run', async (_, wanted, changes) => {
  const { run, requested, world } = setUp()
  expect(await run(wanted, changes)).toMatchObject({ outcome: 'failed', transactions: [] })
  expect(await run(NOTHING)).toMatchObject({ outcome: 'funded' })
  expect(await requested()).toMatchObject({ stakeAmount: VVV.toString(), key: { type: 'INFERENCE' } })
  expect(await requested()).not.toHaveProperty('fund')
  expect(world.wallet.sVvv).toBe(VVV)
})

it('a failed second stake is not kept, and the first is', async () => {
  const { run, world } = setUp({ mints: [new TooManyKeysError()] })
  expect(await run({ stakeAmount: 2n * VVV })).toMatchObject({ failure: { code: 'venice/too-many-keys' } })
  expect(await run(tooMuch)).toMatchObject({ failure: { code: 'wallet/insufficient-vvv' } })
  expect(await run(NOTHING)).toMatchObject({ outcome: 'funded' })
  expect(world.wallet.sVvv).toBe(2n * VVV)
})

it.each<[string, WorldOptions, Partial<RunOptions>]>([
  ['was declined', {}, { settings: { approvePayment: async () => false } }],
  ['was more than the wallet has', { usdc: 1n }, {}],
  ['was over the budget', {}, { settings: { budget: { maxUsd: 1n } } }],
])('a payment that %s is not kept', async (_, options, changes) => {
  const { run, requested, world } = setUp(options)
  expect(await run({ key: {}, fund: CREDIT }, changes)).toMatchObject({ outcome: 'failed', payments: [] })
  expect(await run(NOTHING)).toMatchObject({ outcome: 'funded' })
  expect(await requested()).not.toHaveProperty('fund')
  expect(world.counts.payments).toBe(0)
})

it('what was signed is kept, and so are all options of a run that is only resumed', async () => {
  const signed = setUp({ mints: [new TooManyKeysError()] })
  await signed.run({ stakeAmount: 2n * VVV, key: { description: 'mine' } })
  await signed.run(NOTHING)
  expect(await signed.requested()).toMatchObject({ stakeAmount: `${2n * VVV}`, key: { description: 'mine' } })
  const continued = setUp()
  await continued.run(tooMuch)
  expect(await continued.run(undefined)).toMatchObject({ failure: { code: 'wallet/insufficient-vvv' } })
  expect(shown(new PaymentDeclinedError().hint)).toContain('without --fund')
})

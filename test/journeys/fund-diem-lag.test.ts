import { expect, test, vi } from 'vitest'
import { runHere } from '../catalogue/program.ts'
import { pathOf } from '../support/cli.ts'
import { DIEM_FUNDS, diemOf, TENTH } from '../support/diem-actions.ts'
import { type Journey, RATE_LIMITS, useSandbox } from '../support/sandbox.ts'

vi.mock('../../src/adapters/clock.ts', async (original) => {
  const { systemClock } = await original<typeof import('../../src/adapters/clock.ts')>()
  const { skippingClock } = await import('../support/skipping-clock.ts')
  return { systemClock: skippingClock(systemClock) }
})

const lab = useSandbox()
const fund = { way: 'diem', amount: TENTH.toString() } as const

/** A finished run, and Venice's answer about its key before there is any DIEM. */
async function begun(): Promise<{ journey: Journey; stale: unknown }> {
  const journey = await lab.begin(DIEM_FUNDS)
  await runHere(lab.sandbox, journey)
  const headers = { authorization: `Bearer ${journey.storedKey()}` }
  const reply = await fetch(`${lab.sandbox.apiUrl}/api_keys/rate_limits`, { headers })
  return { journey, stale: await reply.json() }
}

const looksIn = (path: readonly string[]): number => path.filter((state) => state === 'fundingCheck.awaitCredit').length

test('DIEM that the key does not see at once is polled for, and the run ends funded', async () => {
  const { journey, stale } = await begun()
  // Once at the start, once after each of three waits for a block, and twice after the DIEM is staked.
  lab.fault(RATE_LIMITS, { kind: 'reply', status: 200, body: stale }, { times: 6 })
  const run = await runHere(lab.sandbox, journey, { fund, prove: true })
  expect([run.code, run.json.outcome]).toEqual([0, 'funded'])
  expect(looksIn(pathOf(run))).toBe(2)
})

test('when the key does not see the DIEM, the run names the next epoch, and the next run finds it', async () => {
  const { journey, stale } = await begun()
  lab.fault(RATE_LIMITS, { kind: 'reply', status: 200, body: stale }, { times: Number.POSITIVE_INFINITY })
  const run = await runHere(lab.sandbox, journey, { fund, requireFunded: true })
  expect([run.code, run.json.outcome, looksIn(pathOf(run))]).toEqual([4, 'unfunded', 6])
  const { nextEpochAt } = run.json.funding ?? {}
  expect(run.json.funding).toMatchObject({ cause: 'diem-spent', reason: expect.stringContaining(`${nextEpochAt}`) })
  expect(run.json.nextAction?.earliestAt).toBe(nextEpochAt)
  const before = await diemOf(lab.sandbox, journey.address)
  expect(before.staked).toBe(TENTH)

  lab.sandbox.faults.clear()
  expect((await runHere(lab.sandbox, journey, { fund, requireFunded: true })).json).toMatchObject({ outcome: 'funded' })
  expect(await diemOf(lab.sandbox, journey.address)).toEqual(before)
})

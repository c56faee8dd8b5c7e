import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import type { RunEvent } from '../../src/driver/events.ts'
import { AuthenticationFailedError } from '../../src/errors/venice/all.ts'
import { type RunOptions, runOnboarding } from '../../src/operations/run-onboarding.ts'
import { fakeWorld } from '../support/world.ts'

// Regression: issue 18, number 13 — a key seconds old answered 401 twice, then worked, and was reported as revoked.
const chainId = 6_000_000 + process.pid

function setUp() {
  const stateDir = mkdtempSync(join(tmpdir(), 'venice-onboard-test-'))
  onTestFinished(() => rmSync(stateDir, { recursive: true, force: true }))
  const world = fakeWorld()
  const { venice } = world.ports
  const { rateLimits, complete } = venice
  const asked = { limits: 0, calls: 0 }
  /** Refuses the first requests of each kind, like a server that does not know the key yet. */
  const refuse = ({ limits = 0, calls = 0 }: { limits?: number; calls?: number }) => {
    venice.rateLimits = async (...given) => {
      asked.limits += 1
      if (asked.limits <= limits) throw new AuthenticationFailedError({ status: 401 })
      return rateLimits(...given)
    }
    venice.complete = async (...given) => {
      asked.calls += 1
      if (asked.calls <= calls) throw new AuthenticationFailedError({ status: 401 })
      return complete(...given)
    }
  }
  const run = (changes: Partial<RunOptions> = {}) =>
    runOnboarding({ ports: world.ports, chainId, stateDir, ...changes })
  return { world, run, refuse, asked }
}

it.each([1, 2, 3])('a key that is unknown for %i requests after its mint is tried again', async (limits) => {
  const { run, refuse, asked, world } = setUp()
  refuse({ limits })
  const told: RunEvent[] = []
  const onEvent = (event: RunEvent) => void told.push(event)
  expect(await run({ onEvent })).toMatchObject({ outcome: 'funded', funding: { spendable: true } })
  expect([asked.limits, world.keys.length]).toEqual([limits + 1, 1])
  const waits = told.filter((event) => event.type === 'transition' && event.failure?.code === 'keys/not-known-yet')
  expect(waits.length).toBeGreaterThanOrEqual(limits)
})

it.each([1, 2])('a key whose first %i paid calls are refused is tried again too', async (calls) => {
  const { run, refuse } = setUp()
  refuse({ calls })
  expect(await run({ mustProve: true })).toMatchObject({ outcome: 'funded', funding: { proof: { model: 'small' } } })
})

it('a key that stays unknown counts as refused once it is no longer young', async () => {
  const { run, refuse, asked, world } = setUp()
  refuse({ limits: Number.POSITIVE_INFINITY })
  const before = world.clock.now()
  expect(await run()).toMatchObject({ outcome: 'unfunded', funding: { cause: 'key-refused' } })
  expect(asked.limits).toBeLessThanOrEqual(13)
  expect(world.clock.now() - before).toBeLessThan(60_000)
})

it('an old key counts as revoked at its first refusal', async () => {
  const { run, refuse, asked, world } = setUp()
  await run()
  await world.clock.sleepUntil(world.clock.now() + 10 * 60_000)
  refuse({ limits: 2 })
  expect(await run({ mustCheckAgain: true })).toMatchObject({ outcome: 'unfunded', funding: { cause: 'key-refused' } })
  expect(asked.limits).toBe(1)
})

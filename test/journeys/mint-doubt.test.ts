import { describe, expect, test } from 'vitest'
import type { FaultEffect } from '../../src/sandbox/faults.ts'
import type { CliRun } from '../support/cli.ts'
import { type Journey, MINT, RATE_LIMITS, useSandbox } from '../support/sandbox.ts'

const lab = useSandbox()

/** Answers that do not show whether a key was made. `made`: whether it was. */
const DOUBTS: readonly [name: string, made: number, effect: FaultEffect][] = [
  ['is a server error', 0, { kind: 'reply', status: 500, body: { error: 'An unknown error occurred' } }],
  ['is a web page', 0, { kind: 'reply', status: 502, headers: { 'content-type': 'text/html' }, body: '<html>' }],
  ['is cut short', 1, { kind: 'truncate', bytes: 40 }],
  ['is lost', 1, { kind: 'dropAfter' }],
  ['is lost with the request', 0, { kind: 'dropBefore' }],
]

/** One key is stored, and a warning names every other key at Venice by its label. */
function expectNoKeyUnaccounted(journey: Journey, run: CliRun): void {
  const secret = journey.storedKey()
  const { venice } = lab.sandbox
  const others = journey.keys().filter(({ id }) => venice.secretOf(id) !== secret)
  expect(secret).not.toBeNull()
  expect(journey.keys()).toHaveLength(others.length + 1)
  for (const { description } of others) {
    expect(run.json.warnings).toContainEqual(expect.stringContaining(`"${description}"`))
  }
}

describe.each(['jwt', 'siwe'] as const)('a mint by %s whose answer', (form) => {
  test.each(DOUBTS)('%s leaves no key that is neither stored nor named', async (_, made, effect) => {
    lab.sandbox.venice.setChallenge(form)
    const journey = await lab.begin()
    lab.fault(MINT, effect)
    const run = await journey.run()
    expect(run.code).toBe(0)
    expect(journey.keys()).toHaveLength(1 + made)
    expectNoKeyUnaccounted(journey, run)
    expect(await journey.onChain()).toMatchObject({ transactions: 2, allowance: 0n })
  })
})

describe('a mint whose answers are all lost', () => {
  test('gives up after a few tries and names each key, and the next run does not mint blindly either', async () => {
    const journey = await lab.begin()
    lab.fault(MINT, { kind: 'dropAfter' }, { times: 99 })
    const run = await journey.run()
    expect(run.code).toBe(75)
    expect(run.json.failure).toMatchObject({ code: 'venice/mint-outcome-unknown' })
    expect(journey.keys()).toHaveLength(3)
    for (const { description } of journey.keys()) expect(JSON.stringify(run.json)).toContain(description)

    await journey.run()
    expect(journey.keys().length).toBeLessThanOrEqual(4)
  })
})

describe('a funding check that Venice does not answer', () => {
  test('at all leaves the key stored and its funding unknown', async () => {
    const journey = await lab.begin()
    lab.fault(RATE_LIMITS, { kind: 'reply', status: 403, body: { error: 'Access denied' } }, { times: 99 })
    const run = await journey.run()
    expect(run.code).toBe(0)
    expect(run.json).toMatchObject({ outcome: 'unfunded', failure: null, funding: { spendable: null } })
    expect(journey.storedKey()).not.toBeNull()
  })

  test('at first is repeated', async () => {
    const journey = await lab.begin()
    lab.sandbox.venice.credit(journey.address, { usd: 1 })
    lab.fault(RATE_LIMITS, { kind: 'reply', status: 503, body: { error: 'busy' } })
    expect((await journey.run()).json.outcome).toBe('funded')
  })
})

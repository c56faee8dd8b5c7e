import { describe, expect, test } from 'vitest'
import { ADDRESSES } from '../../src/domain/addresses.ts'
import { MINT, useSandbox } from '../support/sandbox.ts'

const lab = useSandbox()

const NOTHING = { transactions: 0, allowance: 0n, sVvv: 0n }

/** Where the diverting code is placed, and what is reported about it. */
const PLACES = [
  ['behind the proxy, at a new address', {}, 'chain/implementation-unknown'],
  ['at the known address', { inPlace: true }, 'chain/stake-not-credited-in-simulation'],
] as const

describe.each(PLACES)('a staking contract that credits somebody else, %s,', (_, place, code) => {
  test('fails doctor and plan, and stops a run before it signs', async () => {
    const journey = await lab.begin()
    await lab.sandbox.chain.useStaking('diverting', place)
    const doctor = await journey.command(['doctor', '--json'])
    expect(doctor.code).toBe(5)
    expect(doctor.stdout).toMatch(/implementation|simulated stake/)
    const plan = await journey.command(['plan', '--json'])
    expect(plan.code).toBe(5)
    expect(plan.json.failure).toMatchObject({ code })
    const run = await journey.run()
    expect(run.code).toBe(5)
    expect(run.json.failure).toMatchObject({ code, hint: expect.stringContaining('Nothing was signed') })
    expect(await journey.onChain()).toEqual(NOTHING)
    expect(lab.sandbox.venice.requests.count(MINT)).toBe(0)
  })
})

test('an accepted implementation that credits somebody else stops a run before it signs', async () => {
  const journey = await lab.begin()
  const { chain } = lab.sandbox
  await chain.useStaking('diverting')
  const slot = '0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc'
  const found = `0x${(await chain.public.getStorageAt({ address: ADDRESSES.staking, slot }))?.slice(-40)}`
  const run = await journey.run(['--accept-implementation', found])
  expect(run.code).toBe(5)
  expect(run.json.failure).toMatchObject({ code: 'chain/stake-not-credited-in-simulation' })
  expect(await journey.onChain()).toEqual(NOTHING)
})

test('doctor and plan name the implementation, and the result of a simulated stake', async () => {
  const journey = await lab.begin()
  const plan = await journey.command(['plan', '--json'])
  expect(plan.json).toMatchObject({
    staking: { implementation: ADDRESSES.stakingImplementation, isOfRecord: true, simulation: 'credited' },
  })
  const doctor = await journey.command(['doctor'])
  expect(doctor.stdout).toContain('the one of record; a simulated stake credits the wallet')
})

test('--accept-implementation must be an address', async () => {
  const journey = await lab.begin()
  expect((await journey.command(['plan', '--accept-implementation', '0x1'])).code).toBe(2)
})

import { expect, it } from 'vitest'
import { createPaidCall } from '../../src/driver/effects/paid-call.ts'
import type { OnboardingError } from '../../src/errors/base.ts'
import {
  AuthenticationFailedError,
  ForbiddenError,
  InvalidRequestError,
  NotFoundError,
  UnrecognisedVeniceError,
} from '../../src/errors/venice/all.ts'
import { type RunOptions, runOnboarding } from '../../src/operations/run-onboarding.ts'
import { newFolder } from '../support/sandbox.ts'
import { fakeWorld } from '../support/world.ts'

// Regression: issue 18, number 14 — with one cheap model that did not answer, the key was "not proven", every time.
const chainId = 8_000_000 + process.pid
const priced = (id: string, input: number) => ({ id, isPrivate: true, price: { input, output: input } })

/** A run with several models, cheapest first, some of which refuse. */
function setUp(refusing: Readonly<Record<string, OnboardingError>>, models = 'abcdefgh') {
  const world = fakeWorld()
  const { venice } = world.ports
  const { rateLimits } = venice
  const asked: string[] = []
  const isRevoked = { now: false }
  venice.textModels = async () => [...models].reverse().map((id) => priced(id, id.charCodeAt(0) / 1_000))
  venice.complete = async (_, model) => {
    asked.push(model)
    const error = refusing[model]
    if (error !== undefined) throw error
    return { prompt: 8, completion: 1 }
  }
  venice.rateLimits = async (...given) => {
    if (isRevoked.now) throw new AuthenticationFailedError({ status: 401 })
    return rateLimits(...given)
  }
  const stateDir = newFolder()
  const run = (changes: Partial<RunOptions> = {}) =>
    runOnboarding({ ports: world.ports, chainId, stateDir, mustProve: true, ...changes })
  return { run, asked, isRevoked, world }
}

const REFUSALS: [string, OnboardingError][] = [
  ['404', new NotFoundError({ status: 404 })],
  ['400 for its fields', new InvalidRequestError({ status: 400 })],
  [
    '400 that wants streaming',
    new UnrecognisedVeniceError({ status: 400, said: 'This model only supports streaming' }),
  ],
  ['401 for the model', new AuthenticationFailedError({ status: 401 })],
  ['403 for the model', new ForbiddenError({ status: 403 })],
]

it.each(REFUSALS)('a cheapest model that answers %s is skipped', async (_, error) => {
  const { run, asked, world } = setUp({ a: error, b: error })
  // A refusal of an old key is final.
  const { clock } = world
  await run({ mustProve: false })
  await clock.sleepUntil(clock.now() + 60_000)
  expect(await run()).toMatchObject({ outcome: 'funded', funding: { proof: { model: 'c' } } })
  expect(asked).toEqual(['a', 'b', 'c'])
})

it.each([3, 8])('of %i models that all refuse, five are asked once each, and all five are named', async (count) => {
  const models = 'abcdefgh'.slice(0, count)
  const { run, asked } = setUp(
    Object.fromEntries([...models].map((id) => [id, new NotFoundError({ status: 404 })])),
    models,
  )
  const { outcome, funding, key } = await run()
  expect({ outcome, proof: funding?.proof ?? null, hasKey: key !== null }).toMatchObject({ proof: null, hasKey: true })
  expect(funding).toMatchObject({
    cause: 'not-proven',
    reason: expect.stringMatching(/No model .* accepts a call.*a, b, c/),
  })
  expect(asked).toEqual([...models].slice(0, 5))
})

it('the next run asks other models first, and the same ones once all have refused', async () => {
  const refusals = Object.fromEntries([...'abcdef'].map((id) => [id, new NotFoundError({ status: 404 })]))
  const { run, asked } = setUp(refusals, 'abcdefg')
  expect((await run()).funding?.proof ?? null).toBeNull()
  expect(asked.splice(0)).toEqual([...'abcde'])
  expect(await run()).toMatchObject({ funding: { proof: { model: 'g' } } })
  expect(asked).toEqual(['f', 'g'])
  const none = setUp({ ...refusals, g: new NotFoundError({ status: 404 }) }, 'abcdefg')
  for (const models of ['abcde', 'fg', 'abcde']) {
    await none.run()
    expect(none.asked.splice(0).join('')).toBe(models)
  }
})

it('a key that is refused everywhere differs from a model that is refused', async () => {
  const { run, asked, isRevoked, world } = setUp({ a: new AuthenticationFailedError({ status: 401 }) })
  await run({ mustProve: false })
  await world.clock.sleepUntil(world.clock.now() + 60_000)
  const { complete } = world.ports.venice
  world.ports.venice.complete = async (...given) => {
    isRevoked.now = true
    return complete(...given)
  }
  const { funding } = await run()
  expect(funding?.proof ?? null).toBeNull()
  expect(asked).toEqual(['a'])
})

it.each(['0.000020', '0.000026'])('no model is asked that costs more than %s dollars allow', async (cap) => {
  const { run, asked } = setUp({ a: new NotFoundError({ status: 404 }) }, 'az')
  const maxUsd = BigInt(cap.replace('0.', ''))
  await run({ settings: { budget: { maxUsd } } })
  expect(asked.includes('z')).toBe(false)
})

it('a proof that no model accepted has its own error code', async () => {
  const paidCall = createPaidCall({ textModels: async () => [priced('a', 0.1)] }, { budget: {} })
  const call = async () => Promise.reject(new NotFoundError({ status: 404 }))
  const asked = paidCall({ privacy: 'ALL', calls: 1, avoid: [], call, isCredentialTaken: async () => true })
  await expect(asked).rejects.toMatchObject({
    code: 'venice/no-model-answered',
    facts: [expect.stringContaining('a: ')],
  })
})

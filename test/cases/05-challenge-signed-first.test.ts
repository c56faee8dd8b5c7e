import { describe, expect, it } from 'vitest'
import { privateKeySigner } from '../../src/adapters/signers/private-key.ts'
import { proofText, verifyingSigner } from '../../src/adapters/signers/verify.ts'
import type { OnboardingError } from '../../src/errors/base.ts'
import { PolicyRefusedError, SigningRefusedError } from '../../src/errors/signer/signing.ts'
import { ChallengeRefusedError } from '../../src/errors/venice/all.ts'
import { runOnboarding } from '../../src/operations/run-onboarding.ts'
import { CANARY_ADDRESS, CANARY_KEY, draftFrom } from '../ports/signer.ts'
import { newFolder } from '../support/sandbox.ts'
import { fakeWorld, type WorldOptions } from '../support/world.ts'

// Regression: issue 18, number 5, and issue 20, point 3 — a wallet that could not sign was found after the stake.
const chainId = 7_000_000 + process.pid

/** A run whose signer records the order of its requests. */
function setUp(options: WorldOptions = {}) {
  const world = fakeWorld(options)
  const { signer } = world.ports
  const asked: string[] = []
  const { signMessage, signTransaction } = signer
  signer.signMessage = (text) => {
    asked.push('challenge')
    return signMessage(text)
  }
  signer.signTransaction = (given) => {
    asked.push(given.purpose)
    return signTransaction(given)
  }
  const stateDir = newFolder()
  return { world, asked, signer, run: () => runOnboarding({ ports: world.ports, chainId, stateDir }) }
}

it('the challenge is signed once, before the first transaction is signed', async () => {
  const { run, asked } = setUp()
  expect((await run()).outcome).toBe('funded')
  expect(asked).toEqual(['challenge', 'approve', 'stake'])
})

const REFUSALS: [string, OnboardingError][] = [
  ['a person who refuses', new SigningRefusedError(CANARY_ADDRESS)],
  ['a policy that refuses', new PolicyRefusedError({ address: CANARY_ADDRESS, reason: 'messages' })],
  ['an invalid challenge', new ChallengeRefusedError({ reason: 'it is for another wallet' })],
]

describe.each(REFUSALS)('%s', (_, error) => {
  it('stops the run before anything is staked', async () => {
    const { run, signer, asked, world } = setUp()
    signer.signMessage = async () => Promise.reject(error)
    const { outcome, failure } = await run()
    expect([outcome, failure?.code]).toEqual(['failed', error.code])
    expect(asked).toEqual([])
    expect(world.counts).toMatchObject({ transactions: 0 })
  })
})

it('only a challenge that has expired meanwhile is signed again', async () => {
  const { run, world, asked } = setUp()
  const { report } = world.ports.chain
  let isLate = true
  world.ports.chain.report = async (...given) => {
    if (isLate) await world.clock.sleepUntil(world.clock.now() + 16 * 60_000)
    isLate = false
    return report(...given)
  }
  await run()
  expect(asked.filter((what) => what === 'challenge')).toHaveLength(2)
})

it('a wallet that has staked already is asked to sign at the usual stage', async () => {
  const { run, asked } = setUp({ sVvv: 10n ** 18n })
  expect((await run()).outcome).toBe('funded')
  expect(asked).toEqual(['challenge'])
})

it('a wallet that has signed the challenge is not asked for a test signature', async () => {
  const texts: string[] = []
  const own = privateKeySigner(CANARY_KEY, 'a test')
  const counting = {
    ...own,
    signMessage: (text: string) => {
      texts.push(text)
      return own.signMessage(text)
    },
  }
  const signer = verifyingSigner(counting)
  await signer.signMessage('a challenge')
  await signer.signTransaction(draftFrom(CANARY_ADDRESS))
  expect(texts).toEqual(['a challenge'])
  await verifyingSigner(counting).signTransaction(draftFrom(CANARY_ADDRESS))
  expect(texts.at(-1)).toBe(proofText(CANARY_ADDRESS))
})

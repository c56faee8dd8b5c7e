import { expect, it, test } from 'vitest'
import { runSigner } from '../../../src/adapters/signers/signing.ts'
import type { OnboardingError } from '../../../src/errors/base.ts'
import { runOnboarding } from '../../../src/operations/run-onboarding.ts'
import { CANARY_ADDRESS } from '../../ports/signer.ts'
import { newFolder } from '../../support/sandbox.ts'
import { fakeWorld } from '../../support/world.ts'

// Regression: issue 22, number 9 — the policy of a server wallet refused, was asked 48 times, and its words were lost.
const errorWith = (message: string, fields: object = {}) => Object.assign(new Error(message), fields)
const WORDS = 'recipient is not on the allowlist'

/** Refusals of key services because of a policy. */
const POLICIES: [string, unknown][] = [
  ['CDP', errorWith(WORDS, { statusCode: 403, errorType: 'policy_violation', errorMessage: WORDS })],
  ['Privy', errorWith(`400 ${WORDS}`, { status: 400, error: { error: WORDS, code: 'policy_violation' } })],
  ['Turnkey', errorWith(`Turnkey error 7: policy engine denied request explicitly: ${WORDS}`, { code: 7 })],
  ['Para', errorWith(WORDS, { status: 403, code: 'POLICY_DENIED' })],
  ['KMS', errorWith(WORDS, { name: 'AccessDeniedException', $metadata: { httpStatusCode: 400 } })],
  ['a 403', errorWith(WORDS, { response: { status: 403 } })],
  [
    'viem with a wrapped refusal',
    errorWith('wrapped', { shortMessage: 'wrapped', cause: errorWith(WORDS, { status: 403 }) }),
  ],
  ['JSON-RPC', errorWith(`Transaction blocked by policy: ${WORDS}`, { code: -32_000 })],
]

/** Rejections of key services that a second try cannot change. */
const REJECTED: [string, unknown][] = [
  ['an unknown key', errorWith(WORDS, { statusCode: 401, errorType: 'unauthorized' })],
  ['a missing account', errorWith(WORDS, { response: { status: 404 } })],
  ['an invalid request', errorWith(WORDS, { status: 422 })],
  ['an account that is not connected', errorWith(WORDS, { code: 4100 })],
  ['a missing method', errorWith(WORDS, { code: -32_601 })],
]

/** Temporary failures. */
const FAILED: [string, unknown][] = [
  ['a rate limit', errorWith(WORDS, { statusCode: 429 })],
  ['a timeout', errorWith(WORDS, { status: 408 })],
  ['a conflict', errorWith(WORDS, { status: 409 })],
  ['a service that is down', errorWith(`policy service unavailable: ${WORDS}`, { status: 503 })],
  ['a broken connection', errorWith(WORDS, { code: 'ECONNRESET' })],
  ['a thrown value that is not an error', WORDS],
]

const asked = (error: unknown): Promise<OnboardingError> =>
  runSigner(CANARY_ADDRESS, () => Promise.reject(error)).then(
    () => expect.fail('it signed'),
    (reason: OnboardingError) => reason,
  )

test.each(POLICIES)('%s: a policy refused, and its own words are shown', async (_, error) => {
  expect(await asked(error)).toMatchObject({
    code: 'signer/policy-refused',
    recovery: 'refuse',
    facts: [expect.stringContaining(WORDS)],
  })
})

test.each(REJECTED)('%s: a second request would change nothing', async (_, error) => {
  expect(await asked(error)).toMatchObject({
    code: 'signer/request-rejected',
    recovery: 'fixInput',
    facts: [expect.stringContaining(WORDS)],
  })
})

test.each(FAILED)('%s: the signer is asked again', async (_, error) => {
  expect(await asked(error)).toMatchObject({ code: 'signer/failed', recovery: 'retry' })
})

it('a person’s own words are shown too', async () => {
  expect(await asked(errorWith(WORDS, { code: 4001 }))).toMatchObject({ code: 'signer/refused', facts: [WORDS] })
})

it.each(['signTransaction', 'signMessage'] as const)(
  'a run asks once for %s, and reports the answer',
  async (method) => {
    const world = fakeWorld()
    let times = 0
    const refuse = () =>
      runSigner(CANARY_ADDRESS, () => {
        times += 1
        return Promise.reject(POLICIES[0]?.[1])
      })
    const signer = { ...world.ports.signer, [method]: refuse }
    const result = await runOnboarding({
      ports: { ...world.ports, signer },
      chainId: 7_000_000 + process.pid,
      stateDir: newFolder(),
    })
    expect(result).toMatchObject({
      outcome: 'failed',
      failure: { code: 'signer/policy-refused', facts: [expect.stringContaining(WORDS)] },
    })
    expect(times).toBe(1)
  },
)

import { describe, expect, test } from 'vitest'
import { pathOf } from '../support/cli.ts'
import { CHALLENGE, type Journey, MINT, useSandbox } from '../support/sandbox.ts'

const lab = useSandbox()

/** More often than any run asks. */
const ALWAYS = { times: 99 }
const standard = (status: number, error: string) => ({ kind: 'reply', status, body: { error } }) as const

/** Whatever Venice answers, there is exactly one stake, and the run says how to resume. */
async function expectStopped(journey: Journey, words: readonly string[] = [], transactions = 2) {
  const run = await journey.run(words)
  expect(await journey.onChain()).toMatchObject({ transactions, allowance: 0n })
  expect(journey.keys()).toEqual([])
  expect(journey.storedKey()).toBeNull()
  expect(run.json).toMatchObject({
    outcome: 'failed',
    key: null,
    nextAction: { command: expect.stringContaining('venice-onboard run') },
    failure: { hint: expect.stringMatching(/\.$/) },
  })
  return { code: run.code, failure: run.json.failure?.code, posts: lab.sandbox.venice.requests.count(MINT) }
}

describe('a token mint that Venice always rejects', () => {
  test.each([
    ['Invalid wallet address', 78, 'venice/invalid-address', 1],
    ['JWT has expired', 75, 'venice/token-expired', 6],
    ['JWT signature is invalid', 75, 'venice/token-signature-invalid', 6],
    ['JWT claims are invalid', 75, 'venice/token-claims-invalid', 6],
    ['JWT is malformed', 75, 'venice/token-malformed', 6],
    ['Wallet signature does not match', 6, 'venice/wallet-signature-mismatch', 2],
    ['You have reached the maximum of 500 active API keys', 6, 'venice/too-many-keys', 1],
    ['Something nobody has documented', 6, 'venice/unrecognised', 1],
  ] as const)('with %s: ends with exit code %i after a limited number of posts', async (text, code, failure, posts) => {
    const journey = await lab.begin()
    lab.fault(MINT, standard(400, text), ALWAYS)
    expect(await expectStopped(journey)).toEqual({ code, failure, posts })
  })

  test.each([
    [401, 'Authentication failed', 6, 'venice/authentication-failed'],
    [403, 'Access denied', 6, 'venice/forbidden'],
    [410, 'Gone', 6, 'venice/gone'],
  ] as const)('with %i %s: ends with exit code %i after one post', async (status, text, code, failure) => {
    const journey = await lab.begin()
    lab.fault(MINT, standard(status, text), ALWAYS)
    expect(await expectStopped(journey)).toEqual({ code, failure, posts: 1 })
  })

  test('because of the body shows the reason, and is a configuration error', async () => {
    const journey = await lab.begin()
    const body = { error: 'Invalid request parameters', issues: [{ path: ['expiresAt'], message: 'Invalid date' }] }
    lab.fault(MINT, { kind: 'reply', status: 400, body }, ALWAYS)
    expect(await expectStopped(journey)).toEqual({ code: 78, failure: 'venice/invalid-request', posts: 1 })
  })
})

describe('a message mint that Venice always rejects', () => {
  test.each([
    ['The challenge has expired', 'venice/challenge-expired'],
    ['This challenge has already been used', 'venice/challenge-used'],
    ['The challenge was issued for a different wallet address', 'venice/challenge-other-wallet'],
    ['The message is not a valid Venice API key authorization challenge', 'venice/challenge-not-valid'],
    ['The challenge statement was modified', 'venice/challenge-statement-modified'],
    ['The challenge domain must be "api.venice.ai"', 'venice/challenge-domain'],
  ])('with %s: is tried with new messages a limited number of times', async (text, failure) => {
    lab.sandbox.venice.setChallenge('siwe')
    const journey = await lab.begin()
    lab.fault(MINT, standard(400, text), ALWAYS)
    expect(await expectStopped(journey)).toEqual({ code: 75, failure, posts: 6 })
  })
})

describe('a failed challenge', () => {
  test('in an unknown form is not signed', async () => {
    const journey = await lab.begin()
    const message = `api.venice.ai.evil.example wants you to sign in with your Ethereum account:\n${journey.address}\n`
    lab.fault(CHALLENGE, { kind: 'reply', status: 200, body: { success: true, data: { message } } }, ALWAYS)
    expect(await expectStopped(journey, [], 0)).toEqual({ code: 5, failure: 'venice/challenge-refused', posts: 0 })
  })

  test('in the form of a web page is a configuration error', async () => {
    const journey = await lab.begin()
    lab.fault(
      CHALLENGE,
      { kind: 'reply', status: 200, headers: { 'content-type': 'text/html' }, body: '<html>' },
      ALWAYS,
    )
    expect(await expectStopped(journey, [], 0)).toEqual({ code: 78, failure: 'venice/html-answer', posts: 0 })
  })
})

describe('a temporary failure', () => {
  test.each([
    ['a chain that Venice could not read', () => lab.sandbox.venice.setVerificationFailures(1)],
    ['a stake that Venice does not see yet', () => lab.sandbox.venice.stakeLag(2)],
    ['a signature that Venice rejected', () => lab.fault(MINT, standard(400, 'Wallet signature does not match'))],
    [
      'a rate limit, after the time it names',
      () => lab.fault(MINT, { ...standard(429, 'Rate limit exceeded'), headers: { 'retry-after': '1' } }),
    ],
    ['a lost challenge', () => lab.fault(CHALLENGE, { kind: 'dropAfter' })],
    ['a challenge that is cut short', () => lab.fault(CHALLENGE, { kind: 'truncate', bytes: 30 })],
    ['a server error before the challenge', () => lab.fault(CHALLENGE, standard(503, 'The model is offline'))],
  ])('(%s) ends with one stored key, and no second stake', async (_, arrange) => {
    const journey = await lab.begin()
    arrange()
    const run = await journey.run()
    expect(run.code).toBe(0)
    expect(await journey.onChain()).toMatchObject({ transactions: 2, allowance: 0n })
    expect(journey.keys()).toHaveLength(1)
    expect(lab.sandbox.venice.secretOf(journey.keys()[0]?.id ?? '')).toBe(journey.storedKey())
    expect(run.json.warnings).toEqual([])
  })

  test('that ended a run is over in the next run, which mints from the record', async () => {
    const journey = await lab.begin()
    lab.fault(MINT, standard(403, 'Access denied'))
    const failed = await journey.run()
    const again = await journey.run()
    expect([failed.code, again.code]).toEqual([6, 0])
    expect(again.json.runId).toBe(failed.json.runId)
    expect(pathOf(again)).not.toContain('approve.prepare')
    expect(await journey.onChain()).toMatchObject({ transactions: 2 })
  })
})

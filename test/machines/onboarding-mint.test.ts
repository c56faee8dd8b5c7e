import { describe, expect, it } from 'vitest'
import type { Counters } from '../../machines/onboarding/context.ts'
import { LIMITS } from '../../machines/onboarding/select.ts'
import { backoffMs } from '../../src/domain/backoff.ts'
import type { OnboardingError } from '../../src/errors/base.ts'
import { ChallengeLostError, ChallengeStaleError } from '../../src/errors/challenge.ts'
import * as venice from '../../src/errors/venice/all.ts'
import { START } from '../support/fake-clock.ts'
import { FUNDED, MINTED, runMachine, STAKED } from '../support/run-machine.ts'
import { failure, intent, request, stakedWallet, walletState } from '../support/samples.ts'

const at = (ms: number): string => new Date(Date.parse(START) + ms).toISOString()
const times = <T>(count: number, ...items: T[]): T[] => Array.from({ length: count }, () => items).flat()

/** The runs below begin with a wallet that has staked. */
const staked = { readWalletState: { always: stakedWallet() } }
const BEFORE = ['checkBalance.read', ...MINTED]
const AGAIN = ['sign.sign', 'mint.open', 'mint.post']
const REPEAT = ['mint.wait', ...AGAIN]

/** What one mint failure costs, and where the run ends when the failure is permanent. */
interface Row {
  error: OnboardingError
  /** States between the post that failed and the end of the next. */
  detour: readonly string[]
  counter: keyof Counters | null
}
const refreshed = (error: OnboardingError): Row => ({ error, detour: MINTED, counter: 'refreshes' })

/** Venice's table, in its order. @see https://docs.venice.ai/guides/integrations/generating-api-key-agent#error-reference */
const JWT_TABLE: [string, Row][] = [
  ['Invalid wallet address', { error: new venice.InvalidAddressError(), detour: [], counter: null }],
  ['JWT has expired', refreshed(new venice.TokenExpiredError())],
  ['JWT signature is invalid', refreshed(new venice.TokenSignatureInvalidError())],
  ['JWT claims are invalid', refreshed(new venice.TokenClaimsInvalidError())],
  ['JWT is malformed', refreshed(new venice.TokenMalformedError())],
  [
    'Wallet signature does not match',
    { error: new venice.WalletSignatureMismatchError(), detour: AGAIN, counter: 'resigns' },
  ],
  [
    'Could not verify wallet signature',
    { error: new venice.SignatureNotVerifiedError(), detour: REPEAT, counter: 'retries' },
  ],
  ['Wallet has no staked VVV on Base', { error: new venice.NoStakedVvvError(), detour: REPEAT, counter: 'lagWaits' }],
]

/** @see https://github.com/veniceai/api-docs/pull/376 */
const SIWE_TABLE: [string, Row][] = [
  ['The challenge has expired', refreshed(new venice.ChallengeExpiredError())],
  ['This challenge has already been used', refreshed(new venice.ChallengeUsedError())],
  ['issued for a different wallet address', refreshed(new venice.ChallengeOtherWalletError())],
  ['not a valid Venice API key authorization challenge', refreshed(new venice.ChallengeNotValidError())],
  ['The challenge statement was modified', refreshed(new venice.ChallengeStatementModifiedError())],
  ['The challenge domain must be', refreshed(new venice.ChallengeDomainError())],
]

const OTHERS: [string, Row][] = [
  ['a token that would expire in transit', refreshed(new ChallengeStaleError(START))],
  ['HTTP 429', { error: new venice.RateLimitedError(), detour: REPEAT, counter: 'retries' }],
  ['no connection', { error: new venice.ConnectionFailedError(), detour: REPEAT, counter: 'retries' }],
  ['the cap of 500 keys', { error: new venice.TooManyKeysError(), detour: [], counter: null }],
  ['fields that Venice rejects', { error: new venice.InvalidRequestError(), detour: [], counter: null }],
  ['undocumented words', { error: new venice.UnrecognisedVeniceError(), detour: [], counter: null }],
]

const ALL = [...JWT_TABLE, ...SIWE_TABLE, ...OTHERS]
const PASSING = ALL.flatMap(([words, { error, detour, counter }]) =>
  counter === null ? [] : [{ words, error, detour, counter }],
)

/** The outcome of a mint with this answer, as Venice's text proves it. */
const fateOf = ({ code }: OnboardingError) => (code === 'venice/challenge-used' ? 'lost' : 'refused')

describe('a mint refused once', () => {
  it.each(PASSING)('with "$words" goes back as needed and mints', async ({ error, detour, counter }) => {
    const { path, end, record, counters } = await runMachine({ ...staked, mintKey: [error] })
    expect(path).toEqual([...BEFORE, ...detour, ...FUNDED])
    expect(end).toBe('funded')
    expect(record.mints.map(({ status }) => status)).toEqual(fateOf(error) === 'lost' ? ['lost', 'stored'] : ['stored'])
    expect(record.warnings).toHaveLength(fateOf(error) === 'lost' ? 1 : 0)
    expect(counters[counter]).toBe(counter === 'retries' ? 0 : 1)
  })
})

describe('a mint refused every time', () => {
  it.each(ALL)('with "%s" ends after a limited number of posts, with its own code', async (_, row) => {
    const { error, detour, counter } = row
    const { path, failure: last, record, inputsOf } = await runMachine({ ...staked, mintKey: { always: error } })
    const limit = counter === null ? 0 : LIMITS[counter]
    expect(path).toEqual([...BEFORE, ...times(limit, ...detour), 'failed'])
    expect(inputsOf('mintKey')).toHaveLength(1 + limit)
    expect(last?.code).toBe(counter === 'lagWaits' ? 'venice/stake-not-seen' : error.code)
    expect(new Set(record.mints.map(({ status }) => status))).toEqual(new Set([fateOf(error)]))
    expect(record.key).toBeNull()
  })
})

describe('a temporary mint failure', () => {
  it('is retried at growing intervals, although the challenge is signed again in between', async () => {
    const error = (tries: number) => failure(new venice.RateLimitedError(), { at: at(tries * 100_000), jitter: 0.5 })
    const { wakes } = await runMachine({ ...staked, mintKey: [error(0), error(1), error(2)] })
    const waits = wakes.map((wake, tries) => Date.parse(wake) - Date.parse(at(tries * 100_000)))
    expect(waits).toEqual([0, 1, 2].map((tries) => backoffMs({ tries, jitter: 0.5, retryAfterMs: null })))
  })

  it('waits as long as Retry-After says', async () => {
    const error = failure(new venice.RateLimitedError({ retryAfterMs: 42_000 }))
    const { wakes } = await runMachine({ ...staked, mintKey: [error] })
    expect(wakes).toEqual([at(42_000)])
  })
})

describe('a stake that Venice does not see', () => {
  const unseen = new venice.NoStakedVvvError()

  it('is polled after 1 s, growing to 15 s, and nothing more is staked', async () => {
    const errors = times(LIMITS.lagWaits, unseen).map((error, n) => failure(error, { at: at(n * 100_000) }))
    const { wakes, path, inputsOf } = await runMachine({ mintKey: errors })
    const waits = wakes.map((wake, n) => Date.parse(wake) - Date.parse(at(n * 100_000)))
    expect(waits.slice(0, 4)).toEqual([1_000, 1_500, 2_250, 3_375])
    expect(Math.max(...waits)).toBe(15_000)
    expect(path).toEqual([...STAKED, ...MINTED, ...times(LIMITS.lagWaits, ...REPEAT), ...FUNDED])
    expect(inputsOf('signTransactions')).toHaveLength(1)
  })

  it('at all is its own outcome, with what the chain shows', async () => {
    const { failure: last } = await runMachine({ mintKey: { always: unseen } })
    expect(last).toMatchObject({ code: 'venice/stake-not-seen', exit: 'transient' })
    expect(last?.facts).toEqual(expect.arrayContaining([`Wallet: ${request().address}`, 'sVVV on chain: 1']))
  })

  it('because there is none goes back to the wallet state, a limited number of times', async () => {
    const { path, failure: last } = await runMachine(
      { readWalletState: { always: walletState({ drafts: [] }) }, mintKey: { always: unseen } },
      { request: request({ stakeAmount: '0' }) },
    )
    expect(path).toEqual([...times(LIMITS.replans + 1, ...BEFORE), 'failed'])
    expect(last?.code).toBe('venice/no-staked-vvv')
  })
})

describe('a challenge that is no longer valid', () => {
  it.each([new ChallengeLostError(), new ChallengeStaleError(START)])(
    'is fetched again when it is to be signed: %s',
    async (error) => {
      const { path, record } = await runMachine({ ...staked, signChallenge: [error] })
      expect(path).toEqual(['checkBalance.read', 'fetchToken.fetch', 'sign.sign', ...MINTED, ...FUNDED])
      expect(record.warnings).toEqual([])
    },
  )

  it('is fetched again a limited number of times, whatever the errors', async () => {
    const {
      path,
      counters,
      failure: last,
    } = await runMachine({
      ...staked,
      signChallenge: [new ChallengeLostError(), new ChallengeStaleError(START)],
      mintKey: { always: new venice.TokenExpiredError() },
    })
    expect(path.filter((state) => state === 'fetchToken.fetch')).toHaveLength(1 + LIMITS.refreshes)
    expect(counters.refreshes).toBe(LIMITS.refreshes)
    expect(last?.code).toBe('venice/token-expired')
  })

  it('in a form that this program refuses is never signed', async () => {
    const { path, failure: last } = await runMachine({
      ...staked,
      fetchChallenge: [new venice.ChallengeRefusedError()],
    })
    expect(path).toEqual(['checkBalance.read', 'fetchToken.fetch', 'failed'])
    expect(last?.code).toBe('venice/challenge-refused')
  })

  // Regression: 2026-11-23 — a mint posted by an earlier process counted as refused, and its key was forgotten.
  it('that expires before its post proves nothing about an earlier mint, whose key is searched for first', async () => {
    const posted = intent({ status: 'posting' })
    const record = {
      attempts: [],
      mints: [posted],
      key: null,
      retired: [],
      funding: null,
      payments: [],
      skipped: [],
      warnings: [],
    }
    const { path, inputsOf } = await runMachine(
      { ...staked, signChallenge: [new ChallengeStaleError(START), new ChallengeLostError()] },
      { record },
    )
    expect(path).toContain('mint.recover')
    expect(inputsOf('recoverKey')).toMatchObject([{ intent: posted }])
  })
})

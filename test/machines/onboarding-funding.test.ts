import { describe, expect, it } from 'vitest'
import { LIMITS } from '../../machines/onboarding/select.ts'
import type { FundingCause } from '../../src/domain/funding.ts'
import { setting } from '../../src/domain/next-action.ts'
import { BudgetExceededError } from '../../src/errors/policy.ts'
import * as venice from '../../src/errors/venice/all.ts'
import { START } from '../support/fake-clock.ts'
import { MINTED, runMachine } from '../support/run-machine.ts'
import { funding, keyRef, proof, request, stakedWallet } from '../support/samples.ts'

const staked = { readWalletState: [stakedWallet()] }
const BEFORE = ['checkBalance.read', ...MINTED]
const times = (n: number, ...states: string[]): string[] => Array.from({ length: n }, () => states).flat()
const inMs = (ms: number): string => new Date(Date.parse(START) + ms).toISOString()
const poor = (ms: number, changes = {}) =>
  funding({ spendable: false, cause: 'no-balance', reason: 'Empty.', checkedAt: inMs(ms), ...changes })
const lost = new venice.ConnectionLostError()
const MINUTE_MS = 60_000

describe('a key to be proven', () => {
  it('makes one paid call after Venice admits it, and the cost is recorded', async () => {
    const { path, record, inputsOf } = await runMachine(staked, { mustProve: true })
    expect(path).toEqual([...BEFORE, 'fundingCheck.ask', 'fundingCheck.prove', 'funded'])
    expect(record.funding?.proof).toEqual(proof())
    expect(inputsOf('proveFunding')).toEqual([
      {
        key: keyRef({ label: 'venice-onboard 1' }),
        privacy: 'ALL',
        balances: funding().balances,
        calls: 1,
        mintedAt: START,
      },
    ])
  })

  it('makes no call when Venice does not admit it', async () => {
    const { path } = await runMachine({ ...staked, checkFunding: [poor(0)] }, { mustProve: true })
    expect(path.slice(-2)).toEqual(['fundingCheck.ask', 'unfunded'])
  })

  it('makes no second call in a later pass, and the proof is kept', async () => {
    const record = {
      attempts: [],
      mints: [],
      retired: [],
      payments: [],
      key: keyRef(),
      funding: funding({ proof: proof() }),
      skipped: [],
      warnings: [],
    }
    const again = await runMachine({}, { record, mustProve: true })
    expect(again.path).toEqual(['fundingCheck.ask', 'funded'])
    expect(again.record.funding?.proof).toEqual(proof())
  })

  it('makes a limited number of calls when answers are lost, and each counts in the budget', async () => {
    const { path, record, failure, inputsOf } = await runMachine(
      { ...staked, proveFunding: { always: lost } },
      { mustProve: true },
    )
    const again = times(LIMITS.proofs, 'fundingCheck.proveLater', 'fundingCheck.prove')
    expect(path).toEqual([...BEFORE, 'fundingCheck.ask', 'fundingCheck.prove', ...again, 'unfunded'])
    expect(inputsOf('proveFunding')).toMatchObject([{ calls: 1 }, { calls: 2 }, { calls: 3 }, { calls: 4 }])
    expect(failure).toBeNull()
    expect(record.funding).toMatchObject({
      spendable: null,
      cause: 'not-proven',
      reason: `Not proven: ${lost.message}`,
    })
  })

  it('stops the run when a call could cost more than is allowed', async () => {
    const error = new BudgetExceededError({ cap: setting('maxUsd'), limit: '$0', needed: '$1' })
    const { end, failure, record } = await runMachine({ ...staked, proveFunding: [error] }, { mustProve: true })
    expect(end).toBe('failed')
    expect(failure?.code).toBe('policy/budget-exceeded')
    expect(record.key).not.toBeNull()
  })

  it.each<[venice.VeniceError, { usd?: number; diem?: number }, FundingCause]>([
    [new venice.BalanceInsufficientError(), {}, 'no-balance'],
    [new venice.KeyUsdLimitReachedError(), { usd: 5 }, 'key-limit-used'],
    [new venice.KeyUsdLimitReachedError(), { usd: 0 }, 'key-limit-zero'],
    [new venice.KeyDiemLimitReachedError(), { diem: 5 }, 'key-limit-used'],
    [new venice.KeyDiemLimitReachedError(), { usd: 0, diem: 0 }, 'key-limit-zero'],
    [new venice.WalletCreditTooLowError(), {}, 'wallet-credit'],
    [new venice.NoCredentialError(), {}, 'no-credential'],
  ])('whose payment is refused (%s, %j) is unfunded for that reason', async (error, consumptionLimit, cause) => {
    const input = { mustProve: true, request: request({ key: { type: 'INFERENCE', consumptionLimit } }) }
    const { path, record } = await runMachine({ ...staked, proveFunding: [error] }, input)
    expect(path.slice(-2)).toEqual(['fundingCheck.prove', 'unfunded'])
    expect(record.funding).toMatchObject({ spendable: false, cause, reason: error.message, tier: 'paid', proof: null })
  })
})

describe('a key that waits for funds', () => {
  const wait = { fundsDeadline: inMs(5 * MINUTE_MS) }

  it('is checked at growing intervals, and ends funded as soon as the funds are there', async () => {
    const { path, wakes } = await runMachine({ ...staked, checkFunding: [poor(0), poor(5_000)] }, wait)
    expect(path).toEqual([
      ...BEFORE,
      ...times(2, 'fundingCheck.ask', 'fundingCheck.awaitCredit'),
      'fundingCheck.ask',
      'funded',
    ])
    expect(wakes).toEqual([inMs(5_000), inMs(11_000)])
  })

  it('is checked a last time at the deadline, and not after it', async () => {
    const late = 5 * MINUTE_MS - 1_000
    const checkFunding = [poor(late), poor(5 * MINUTE_MS)]
    const { path, wakes } = await runMachine({ ...staked, checkFunding }, wait)
    expect(path.slice(-3)).toEqual(['fundingCheck.awaitCredit', 'fundingCheck.ask', 'unfunded'])
    expect(wakes).toEqual([wait.fundsDeadline])
  })

  it('is checked right after the epoch begins when DIEM is staked', async () => {
    const spent = { cause: 'diem-spent' as const, nextEpochAt: inMs(1_000) }
    const staking = await runMachine(
      { ...staked, checkFunding: [poor(0, { ...spent, nextEpochAt: inMs(-1_000) }), poor(5_000, spent)] },
      wait,
    )
    expect(staking.wakes).toEqual([inMs(4_000), inMs(6_000)])
    const empty = await runMachine({ ...staked, checkFunding: [poor(0, { nextEpochAt: inMs(-4_000) })] }, wait)
    expect(empty.wakes).toEqual([inMs(5_000)])
  })

  it.each<FundingCause>(['key-expired', 'key-refused', 'no-credential'])(
    'is not waited for when funds cannot help: %s',
    async (cause) => {
      const { path } = await runMachine({ ...staked, checkFunding: [poor(0, { cause })] }, wait)
      expect(path.slice(-2)).toEqual(['fundingCheck.ask', 'unfunded'])
    },
  )

  it('is waited for through an outage of Venice', async () => {
    const down = Array.from({ length: LIMITS.retries + 1 }, () => new venice.UnavailableError())
    const { path } = await runMachine({ ...staked, checkFunding: down }, { fundsDeadline: inMs(60 * MINUTE_MS) })
    expect(path.slice(-3)).toEqual(['fundingCheck.awaitCredit', 'fundingCheck.ask', 'funded'])
  })

  it('is waited for again when Venice admitted it and did not take its payment', async () => {
    const proveFunding = [new venice.BalanceInsufficientError()]
    const { path, record } = await runMachine({ ...staked, proveFunding }, { ...wait, mustProve: true })
    expect(path.slice(-5)).toEqual([
      'fundingCheck.prove',
      'fundingCheck.awaitCredit',
      'fundingCheck.ask',
      'fundingCheck.prove',
      'funded',
    ])
    expect(record.funding).toMatchObject({ spendable: true, cause: null, proof: { basis: 'balance' } })
  })
})

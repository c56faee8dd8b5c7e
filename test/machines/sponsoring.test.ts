import { describe, expect, it } from 'vitest'
import { createActor, fromPromise, toPromise } from 'xstate'
import type { SponsoringEffectName, SponsoringEffects } from '../../machines/sponsoring/effects.ts'
import { sponsoringMachine } from '../../machines/sponsoring/machine.ts'
import { LIMITS } from '../../machines/sponsoring/select.ts'
import { type Attempt, newestPerNonce, type Purpose } from '../../src/domain/attempt.ts'
import { setting } from '../../src/domain/next-action.ts'
import { keyOf, type TreasuryState } from '../../src/domain/sponsoring.ts'
import type { OnboardingError } from '../../src/errors/base.ts'
import { RpcError } from '../../src/errors/chain/endpoints.ts'
import {
  ForeignTransactionError,
  NonceContestedError,
  NotCreditedError,
  TransactionMissingError,
  TransactionRevertedError,
  TransactionSupersededError,
  TransactionUnderpricedError,
} from '../../src/errors/chain/transactions.ts'
import type { Failure } from '../../src/errors/failure.ts'
import { BudgetExceededError } from '../../src/errors/policy.ts'
import { WalletStateStaleError } from '../../src/errors/run.ts'
import { InsufficientVvvError } from '../../src/errors/wallet.ts'
import { START } from '../support/fake-clock.ts'
import { ADDRESS, attempt, draft, failure, hashOf, raise, VVV, watched } from '../support/samples.ts'
import { agentAt, sponsorRequest } from '../support/sponsor-world.ts'

type Output<Name extends SponsoringEffectName> = SponsoringEffects[Name]['output']
type Answers = { [Name in SponsoringEffectName]?: (Output<Name> | Failure)[] }

const ONE = VVV.toString()
const TWO = [0, 1].map(agentAt)
const stakeFor = (index: number, nonce: number): Attempt =>
  attempt('sponsor', nonce, { beneficiary: agentAt(index), expected: ONE, amount: ONE })
const DRAFTED = [attempt('approve', 7), stakeFor(0, 8), stakeFor(1, 9)]

const walletState = (changes: Partial<TreasuryState> = {}): TreasuryState => ({
  readAt: START,
  blockNumber: '1000',
  account: 'eoa',
  eth: ONE,
  vvv: ONE,
  allowance: '0',
  implementation: null,
  drafts: DRAFTED.map(({ purpose, nonce, beneficiary }) =>
    draft(purpose, nonce, beneficiary === undefined ? {} : { beneficiary }),
  ),
  feeCeiling: '1',
  nonce: 7,
  short: 2,
  stake: (2n * VVV).toString(),
  covered: [],
  ...changes,
})
const covered = (): TreasuryState => walletState({ short: 0, stake: '0', drafts: [], covered: TWO.map(keyOf) })

/** A report on `attempts`: their outcomes, and the stakes of the mined ones. */
const seen = (
  attempts: readonly Attempt[],
  fates: Partial<Record<Purpose, 'pending' | 'missing' | 'reverted' | 'superseded'>> = {},
  problem: Failure | null = null,
): Output<'watchTransactions'> => {
  const look = watched({ attempts }, { fates, problem })
  const mined = attempts.filter((_, index) => look.report.attempts[index]?.status === 'mined')
  const shown = mined.flatMap(({ beneficiary, expected }) =>
    beneficiary === undefined ? [] : [[keyOf(beneficiary), expected]],
  )
  return { ...look, report: { ...look.report, beneficiaries: Object.fromEntries(shown) } }
}
const failing = (error: OnboardingError) => failure(error)

/** Runs the machine on answers: first the list, then success. */
async function run(answers: Answers = {}, input: { fundsDeadline?: string } = {}) {
  const path: string[] = []
  const calls: { name: SponsoringEffectName; input: unknown }[] = []
  let looks = 0
  const happy: { [Name in SponsoringEffectName]: (given: SponsoringEffects[Name]['input']) => Output<Name> } = {
    readTreasury: () => {
      looks += 1
      return looks === 1 ? walletState() : covered()
    },
    signTransactions: () => DRAFTED,
    broadcast: ({ attempts }) => ({ hashes: attempts.map(({ hash }) => hash), dropped: [] }),
    watchTransactions: ({ attempts }) => seen(attempts),
    replaceTransactions: ({ attempts }) => newestPerNonce(attempts).map(raise),
    sleepUntil: ({ until }) => ({ wokeAt: until }),
  }
  const actor = <Name extends SponsoringEffectName>(name: Name) => {
    const queue = [...((answers[name] ?? []) as (Output<Name> | Failure)[])]
    return fromPromise<Output<Name>, SponsoringEffects[Name]['input']>(async ({ input: given }) => {
      calls.push({ name, input: given })
      const answer = queue.shift()
      if (answer === undefined) return happy[name](given)
      if ('recovery' in Object(answer)) throw answer
      return answer as Output<Name>
    })
  }
  const machine = sponsoringMachine.provide({
    actors: {
      readTreasury: actor('readTreasury'),
      signTransactions: actor('signTransactions'),
      broadcast: actor('broadcast'),
      watchTransactions: actor('watchTransactions'),
      replaceTransactions: actor('replaceTransactions'),
      sleepUntil: actor('sleepUntil'),
    },
  })
  const running = createActor(machine, { input: { request: sponsorRequest(2), ...input } })
  running.subscribe(({ value }) => {
    const [state = '', leaf = ''] = typeof value === 'string' ? [value] : (Object.entries(value)[0] ?? [])
    const name = leaf === '' ? state : `${state}.${leaf}`
    if (path.at(-1) !== name) path.push(name)
  })
  running.start()
  const output = await toPromise(running)
  return {
    path,
    calls,
    ...output,
    inputsOf: (name: SponsoringEffectName) => calls.filter((call) => call.name === name),
  }
}

const STRAIGHT = ['survey.read', 'sign.prepare', 'broadcast.send', 'awaitConfirmation.watch', 'survey.read', 'done']

describe('sponsoring', () => {
  it('approves, stakes, watches, and checks once more at the end', async () => {
    const { path, outcome, record } = await run()
    expect(path).toEqual(STRAIGHT)
    expect(outcome).toBe('done')
    expect(record).toMatchObject({ attempts: [], nextNonce: 10, staked: TWO.map(keyOf) })
    expect(record.settled.map(({ purpose, status }) => `${purpose} ${status}`)).toEqual([
      'approve mined',
      'sponsor mined',
      'sponsor mined',
    ])
  })

  it('sends nothing for agents that hold enough', async () => {
    const { path } = await run({ readTreasury: [covered()] })
    expect(path).toEqual(['survey.read', 'done'])
  })

  it('does not read an agent again that has its stake', async () => {
    const { inputsOf } = await run()
    const looked = inputsOf('readTreasury').map(({ input }) => (input as { agents: unknown[] }).agents.length)
    expect(looked).toEqual([2, 0])
  })

  it('reads the chain again for the agents after the first batch', async () => {
    const one = walletState({ short: 1, drafts: [] })
    const { path, record } = await run({
      readTreasury: [walletState(), one, covered()],
      signTransactions: [DRAFTED.slice(0, 2), [stakeFor(1, 9)]],
    })
    expect(path).toEqual([...STRAIGHT.slice(0, 4), ...STRAIGHT])
    expect(record.settled).toHaveLength(3)
  })

  it.each<[string, Answers, string]>([
    ['reading', { readTreasury: [failing(new RpcError('busy'))] }, 'survey.wait'],
    ['signing', { signTransactions: [failing(new RpcError('busy'))] }, 'sign.wait'],
    ['broadcasting', { broadcast: [failing(new RpcError('busy'))] }, 'broadcast.wait'],
    ['watching', { watchTransactions: [failing(new RpcError('busy'))] }, 'awaitConfirmation.wait'],
  ])('waits after a temporary failure of %s, and continues', async (_, answers, state) => {
    const { path, outcome } = await run(answers)
    expect(path).toContain(state)
    expect(outcome).toBe('done')
  })

  it('gives up after a limited number of failures in a row', async () => {
    const always = Array.from({ length: LIMITS.retries + 1 }, () => failing(new RpcError('busy')))
    const { outcome, failure: last, inputsOf } = await run({ readTreasury: always })
    expect([outcome, last?.code]).toEqual(['failed', always[0]?.code])
    expect(inputsOf('sleepUntil')).toHaveLength(LIMITS.retries)
  })

  it('waits for funds until the deadline, and no longer', async () => {
    const vvv = { has: 0n, needs: VVV }
    const short = failing(new InsufficientVvvError({ address: ADDRESS, vvv, eth: { has: 1n, needs: 1n } }))
    const waited = await run({ readTreasury: [short] }, { fundsDeadline: '2026-11-23T13:00:00.000Z' })
    expect([waited.path[1], waited.outcome]).toEqual(['survey.awaitFunds', 'done'])
    expect((await run({ readTreasury: [short] })).failure?.code).toBe('wallet/insufficient-vvv')
  })

  it('stops before it signs when the budget refuses', async () => {
    const refused = failing(new BudgetExceededError({ cap: setting('maxVvv'), limit: '1 VVV', needed: '2 VVV' }))
    const { path, record } = await run({ signTransactions: [refused] })
    expect(path).toEqual(['survey.read', 'sign.prepare', 'failed'])
    expect(record).toMatchObject({ attempts: [], settled: [] })
  })

  it('reads again when the state is too old to sign from', async () => {
    const { path, outcome } = await run({
      readTreasury: [walletState(), walletState(), covered()],
      signTransactions: [failing(new WalletStateStaleError(START))],
    })
    expect(path.slice(0, 4)).toEqual(['survey.read', 'sign.prepare', 'survey.read', 'sign.prepare'])
    expect(outcome).toBe('done')
  })

  it('never broadcasts dropped transactions, and plans them again', async () => {
    const dropped = DRAFTED.map(({ hash }) => hash)
    const { path, record, inputsOf } = await run({
      readTreasury: [walletState(), walletState(), covered()],
      broadcast: [{ hashes: [], dropped }],
      signTransactions: [DRAFTED, [attempt('approve', 17), stakeFor(0, 18), stakeFor(1, 19)]],
    })
    expect(path).toEqual([...STRAIGHT.slice(0, 4), ...STRAIGHT])
    const handedOut = inputsOf('broadcast').map(({ input }) =>
      (input as { attempts: Attempt[] }).attempts.map(({ nonce }) => nonce),
    )
    expect(handedOut).toEqual([
      [7, 8, 9],
      [17, 18, 19],
    ])
    // Nothing proves yet that their nonces are used, so their bytes still count.
    expect(record.attempts.filter(({ status }) => status === 'superseded')).toHaveLength(3)
  })

  it('rebroadcasts only the transactions that no node knows', async () => {
    const missing = failing(new TransactionMissingError(hashOf('sponsor', 8)))
    const { path, inputsOf, outcome } = await run({
      watchTransactions: [seen(DRAFTED, { sponsor: 'missing' }, missing)],
    })
    expect(path.slice(3, 6)).toEqual([
      'awaitConfirmation.watch',
      'awaitConfirmation.rebroadcast',
      'awaitConfirmation.watch',
    ])
    const again = inputsOf('broadcast')[1]?.input as { attempts: Attempt[] }
    expect(again.attempts.map(({ nonce }) => nonce)).toEqual([8, 9])
    expect(outcome).toBe('done')
  })

  it('keeps watching when the node holds another transaction under the nonce', async () => {
    const missing = failing(new TransactionMissingError(hashOf('sponsor', 8)))
    const { outcome } = await run({
      watchTransactions: [seen(DRAFTED, { sponsor: 'missing' }, missing)],
      broadcast: [{ hashes: DRAFTED.map(({ hash }) => hash), dropped: [] }, failing(new NonceContestedError(8))],
    })
    expect(outcome).toBe('done')
  })

  it('bumps the fees of transactions that cannot be mined', async () => {
    const cheap = failing(new TransactionUnderpricedError(DRAFTED[0] ?? attempt('approve', 7), '9000000'))
    const { path, outcome, record } = await run({
      watchTransactions: [seen(DRAFTED, { approve: 'pending', sponsor: 'pending' }, cheap)],
    })
    expect(path.slice(4, 7)).toEqual([
      'awaitConfirmation.replace',
      'awaitConfirmation.rebroadcast',
      'awaitConfirmation.watch',
    ])
    expect(outcome).toBe('done')
    expect(record.settled.filter(({ status }) => status === 'mined')).toHaveLength(3)
  })

  it('plans again what lost its nonce, and skips the agents that have their stake', async () => {
    const [approve, first, second] = DRAFTED as [Attempt, Attempt, Attempt]
    const lost = failing(new TransactionSupersededError(second.hash, second.nonce))
    const look = seen([approve, first], {}, lost)
    const gone = { hash: second.hash, status: 'superseded', blockNumber: null, gasUsed: null, feeWei: null } as const
    const { inputsOf, outcome } = await run({
      readTreasury: [walletState(), walletState({ short: 1 }), covered()],
      watchTransactions: [{ ...look, report: { ...look.report, attempts: [...look.report.attempts, gone] } }],
      signTransactions: [DRAFTED, [stakeFor(1, 10)]],
    })
    expect(outcome).toBe('done')
    const again = inputsOf('readTreasury')[1]?.input as { agents: { address: string }[] }
    expect(again.agents.map(({ address }) => address)).toEqual([agentAt(1)])
  })

  it.each<[string, OnboardingError]>([
    ['a stake that reverts', new TransactionRevertedError('sponsor', hashOf('sponsor', 8))],
    ['a stake that does not show', new NotCreditedError('sponsor', hashOf('sponsor', 8))],
  ])('stops at %s', async (_, error) => {
    const { outcome, failure: last } = await run({ watchTransactions: [seen(DRAFTED, {}, failing(error))] })
    expect([outcome, last?.code]).toEqual(['failed', error.code])
  })

  it('waits while somebody else sends from the treasury', async () => {
    const foreign = failing(new ForeignTransactionError(ADDRESS, { mined: 7, pending: 8 }))
    expect((await run({ readTreasury: [foreign] })).path[1]).toBe('survey.wait')
  })

  it('does not approve forever when no agent gets a stake', async () => {
    const always = Array.from({ length: LIMITS.replans + 2 }, () => walletState())
    const approves = always.map((_, index) => [attempt('approve', 7 + index)])
    const { outcome, failure: last, inputsOf } = await run({ readTreasury: always, signTransactions: approves })
    expect([outcome, last?.code]).toEqual(['failed', 'chain/not-credited'])
    expect(inputsOf('signTransactions').length).toBe(LIMITS.replans + 1)
  })
})

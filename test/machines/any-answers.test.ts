import { describe, expect, it } from 'vitest'
import { initialTransition, transition } from 'xstate'
import type { EffectContract, EffectName } from '../../machines/onboarding/effects.ts'
import { onboardingMachine } from '../../machines/onboarding/machine.ts'
import { LIMITS } from '../../machines/onboarding/select.ts'
import { isOpen } from '../../src/domain/attempt.ts'
import type { FundRequest } from '../../src/domain/fund.ts'
import { setting } from '../../src/domain/next-action.ts'
import type { OnboardingError } from '../../src/errors/base.ts'
import { RpcError } from '../../src/errors/chain/endpoints.ts'
import {
  FeeTooLowError,
  ForeignTransactionError,
  NonceGapError,
  NonceUsedError,
  TransactionMissingError,
  TransactionRevertedError,
  TransactionSupersededError,
  TransactionUnderpricedError,
} from '../../src/errors/chain/transactions.ts'
import { ChallengeLostError, ChallengeStaleError } from '../../src/errors/challenge.ts'
import { BudgetExceededError } from '../../src/errors/policy.ts'
import { WalletStateStaleError } from '../../src/errors/run.ts'
import { SigningFailedError } from '../../src/errors/signer/signing.ts'
import { SinkWriteError } from '../../src/errors/sink.ts'
import * as venice from '../../src/errors/venice/all.ts'
import { InsufficientEthError, InsufficientUsdcError } from '../../src/errors/wallet.ts'
import { PaymentInProgressError, PaymentOutcomeUnknownError, PaymentRefusedError } from '../../src/errors/x402.ts'
import { type FakeClock, fakeClock, START } from '../support/fake-clock.ts'
import { HAPPY, type Script, scriptedEffects } from '../support/fakes.ts'
import { driveOn, memoryHost, onDisk, transitions } from '../support/memory-host.ts'
import { ADDRESS, failure, funding, hashOf, request, watched } from '../support/samples.ts'
import { shown } from '../support/told.ts'

const HASH = hashOf('stake', 8)
const VENICE_ERRORS = venice.VENICE_ERRORS.map((Class) => new Class())
const BROKE = new InsufficientEthError({ address: ADDRESS, vvv: { has: 1n, needs: 1n }, eth: { has: 0n, needs: 1n } })
const NO_USDC = new InsufficientUsdcError({ address: ADDRESS, has: 0n, needs: 1n })
const DISK_FULL = new SinkWriteError({ sink: 'x', reason: 'x' })
const SIGNER_AWAY = new SigningFailedError({ address: ADDRESS, reason: 'x' })

/** What each effect may answer instead of success. */
const TROUBLE: { readonly [Name in EffectName]?: readonly OnboardingError[] } = {
  readWalletState: [BROKE, new RpcError('x'), new ForeignTransactionError(ADDRESS, { mined: 1, pending: 2 })],
  signTransactions: [new WalletStateStaleError(START), SIGNER_AWAY],
  broadcast: [new RpcError('x'), new NonceUsedError(7), new FeeTooLowError('x')],
  replaceTransactions: [new RpcError('x')],
  fetchChallenge: VENICE_ERRORS,
  signChallenge: [SIGNER_AWAY, new ChallengeLostError(), new ChallengeStaleError(START)],
  mintKey: [
    ...VENICE_ERRORS.filter(({ recovery }) => recovery !== 'stop' && recovery !== 'fixInput'),
    // Only these lead to a second post of the same challenge: without them too few runs have one.
    ...VENICE_ERRORS.filter(({ recovery }) => recovery === 'resolveMint'),
    ...VENICE_ERRORS.filter(({ recovery }) => recovery === 'resolveMint'),
    ...Array.from({ length: 5 }, () => DISK_FULL),
    new ChallengeLostError(),
    new ChallengeStaleError(START),
  ],
  storeKey: [new ChallengeLostError(), DISK_FULL],
  checkFunding: VENICE_ERRORS,
  draftDiem: [BROKE, new RpcError('x')],
  offerPayment: [...VENICE_ERRORS, new RpcError('x'), NO_USDC],
  postPayment: [new PaymentOutcomeUnknownError(), new PaymentRefusedError(), new PaymentInProgressError()],
  findPayment: [new RpcError('x')],
  checkCredit: VENICE_ERRORS,
  proveCredit: VENICE_ERRORS,
  proveFunding: [...VENICE_ERRORS, new BudgetExceededError({ cap: setting('maxUsd'), limit: '$0', needed: '$1' })],
}
const FATES = [
  ['superseded', new TransactionSupersededError(HASH, 8)],
  ['missing', new TransactionMissingError(HASH)],
  ['reverted', new TransactionRevertedError('stake', HASH)],
  ['pending', new TransactionUnderpricedError({ hash: HASH, maxFeePerGas: '1' }, '2')],
  ['missing', new NonceGapError(HASH, { nonce: 8, next: 7 })],
] as const

/** Effects that fail with the given probability, each time in a way drawn from `clock`. */
function troubled(clock: FakeClock, probability: number): Script {
  const isLucky = () => clock.random() >= probability
  const pick = <T>(items: readonly T[]): T | undefined => items[Math.floor(clock.random() * items.length)]
  const answer =
    <Name extends EffectName>(name: Name) =>
    (input: EffectContract[Name]['input']) =>
      (isLucky() ? undefined : pick(TROUBLE[name] ?? [])) ?? HAPPY[name](input, clock)
  return {
    readWalletState: { always: answer('readWalletState') },
    signTransactions: { always: answer('signTransactions') },
    broadcast: { always: answer('broadcast') },
    watchTransactions: {
      always: (input) => {
        const [fate, error] = pick(FATES) ?? FATES[0]
        const purpose = input.attempts.findLast(isOpen)?.purpose
        if (isLucky() || purpose === undefined) return HAPPY.watchTransactions(input, clock)
        return watched(input, { fates: { [purpose]: fate }, problem: failure(error) })
      },
    },
    replaceTransactions: { always: answer('replaceTransactions') },
    fetchChallenge: {
      always: (input) => {
        const form = clock.random() < 0.5 ? 'siwe' : 'jwt'
        const info = answer('fetchChallenge')(input)
        return 'form' in info ? { ...info, form } : info
      },
    },
    signChallenge: { always: answer('signChallenge') },
    mintKey: { always: answer('mintKey') },
    storeKey: { always: answer('storeKey') },
    checkFunding: {
      always: (input) => {
        const checkedAt = new Date(clock.now()).toISOString()
        if (clock.random() < 0.2) return funding({ spendable: false, cause: 'no-balance', reason: 'x', checkedAt })
        return answer('checkFunding')(input)
      },
    },
    proveFunding: { always: answer('proveFunding') },
    draftDiem: { always: answer('draftDiem') },
    offerPayment: { always: answer('offerPayment') },
    postPayment: { always: answer('postPayment') },
    findPayment: {
      always: (input) => {
        const found = answer('findPayment')(input)
        if (isLucky() || !('payment' in found)) return found
        return { payment: { ...found.payment, status: clock.random() < 0.5 ? 'open' : 'void' } }
      },
    },
    checkCredit: {
      always: (input) => {
        const found = answer('checkCredit')(input)
        return isLucky() || !('credit' in found) ? found : { ...found, credit: { balanceUsd: 0, canConsume: false } }
      },
    },
    proveCredit: { always: answer('proveCredit') },
  }
}

/** The payment methods; each is used by a third of the runs. */
const FUNDS: readonly (FundRequest | undefined)[] = [
  undefined,
  { way: 'diem', amount: '100000000000000000' },
  { way: 'x402', amount: '5000000' },
]

/** More states than any run can rest in, by the limits of its loops. */
const MOST_STATES = 2_000

async function run(seed: number) {
  const clock = fakeClock({ seed })
  const { effects, calls } = scriptedEffects({ script: troubled(clock, (seed % 10) / 10), clock })
  const host = memoryHost({ clock, crashAt: MOST_STATES * 4 })
  const fundsDeadline = new Date(clock.now() + 60_000).toISOString()
  const fund = FUNDS[seed % 3]
  const asked = request(fund === undefined ? {} : { fund })
  const driven = await driveOn(host, effects, { input: { request: asked, fundsDeadline, mustProve: seed % 2 === 0 } })
  return { seed, host, calls, ...driven }
}

const RUNS = await Promise.all(Array.from({ length: 300 }, (_, index) => run(index + 1)))

describe('whatever the effects answer,', () => {
  it('the machine ends, and says how', async () => {
    for (const { seed, status, envelope, calls } of RUNS) {
      const { value, context } = envelope.snapshot
      const { record } = context
      expect({ seed, status }).toEqual({ seed, status: 'done' })
      expect({ seed, failure: context.failure !== null }).toEqual({ seed, failure: value === 'failed' })
      // Once there is a key, only its funding can fail.
      if (value !== 'failed' || context.request.fund === undefined) {
        expect({ seed, hasKey: record.key !== null }).toEqual({ seed, hasKey: value !== 'failed' })
      }
      const signed = calls.filter(({ name }) => name === 'signTransactions')
      expect(signed.length, `seed ${seed}`).toBeLessThanOrEqual(2 * (1 + LIMITS.replans) + 4 * LIMITS.retries)
      const doubtful = record.mints.filter(({ status }) => status !== 'stored' && status !== 'refused')
      expect(doubtful.every(({ label }) => record.warnings.some((warning) => shown(warning).includes(label)))).toBe(
        true,
      )
    }
  })

  it('its context is plain JSON: read back from disk, it equals what was in memory', async () => {
    for (const { host, envelope } of RUNS.slice(0, 50)) expect(await onDisk(host)).toEqual(envelope)
  })

  it('every state can be reached', () => {
    const visited = new Set(RUNS.flatMap(({ host }) => transitions(host).map(({ to }) => to)))
    const leaves = Object.entries(onboardingMachine.definition.states).flatMap(([stage, { states = {} }]) =>
      Object.keys(states).length === 0 ? [stage] : Object.keys(states).map((name) => `${stage}.${name}`),
    )
    // The machine never rests in a state that decides.
    const rests = leaves.filter((leaf) => !/\.(choose|judge)$/.test(leaf))
    expect(rests.filter((leaf) => !visited.has(leaf))).toEqual([])
  })
})

describe('the machine', () => {
  const freeze = <T>(value: T): T => {
    if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
      Object.freeze(value)
      Object.values(value).forEach(freeze)
    }
    return value
  }

  it('is pure: the same events make the same snapshots, and nothing is mutated', async () => {
    const { host, calls } = await run(8)
    expect(calls.length).toBeGreaterThan(20)
    const again = await run(8)
    expect(transitions(again.host)).toEqual(transitions(host))

    const [first] = initialTransition(onboardingMachine, { request: request() })
    freeze(first.context)
    const event = {
      type: 'xstate.done.actor.readWalletState',
      output: freeze(HAPPY.readWalletState({ request: request(), attempts: [] }, fakeClock())),
    }
    const next = () => transition(onboardingMachine, first, event as never)[0]
    expect(next().context).toEqual(next().context)
    expect(first.context.walletState).toBeNull()
  })
})

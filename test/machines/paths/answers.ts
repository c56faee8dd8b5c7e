import type { OnboardingContext } from '../../../machines/onboarding/context.ts'
import type { EffectContract, EffectName } from '../../../machines/onboarding/effects.ts'
import { onboardingMachine } from '../../../machines/onboarding/machine.ts'
import { isOpen, newestPerNonce } from '../../../src/domain/attempt.ts'
import { setting } from '../../../src/domain/next-action.ts'
import type { OnboardingError } from '../../../src/errors/base.ts'
import { RpcError, RpcRefusedError } from '../../../src/errors/chain/endpoints.ts'
import {
  FeeTooLowError,
  NonceContestedError,
  NonceUsedError,
  TransactionMissingError,
  TransactionRevertedError,
  TransactionSupersededError,
  TransactionUnderpricedError,
} from '../../../src/errors/chain/transactions.ts'
import { ChallengeLostError, ChallengeStaleError } from '../../../src/errors/challenge.ts'
import type { Failure } from '../../../src/errors/failure.ts'
import { BudgetExceededError, DeclinedError } from '../../../src/errors/policy.ts'
import { WalletStateStaleError } from '../../../src/errors/run.ts'
import { SinkWriteError } from '../../../src/errors/sink.ts'
import * as venice from '../../../src/errors/venice/all.ts'
import { InsufficientEthError } from '../../../src/errors/wallet.ts'
import { fakeClock, START } from '../../support/fake-clock.ts'
import { HAPPY } from '../../support/fakes.ts'
import { ADDRESS, draft, failure, funding, keyRef, stakedWallet, walletState, watched } from '../../support/samples.ts'
import type { Snapshot } from './chart.ts'

type Input<Name extends EffectName> = EffectContract[Name]['input']
type Output<Name extends EffectName> = EffectContract[Name]['output']

/** One thing an effect may answer: an output made from its input, or a failure. */
export interface Answer {
  name: string
  effect: EffectName
  answer: (input: never) => unknown
  isFailure: boolean
}

type Outputs = { readonly [Name in EffectName]?: Record<string, (input: Input<Name>) => Output<Name>> }

const isMined = ({ attempts }: Pick<Input<'readWalletState'>, 'attempts'>, purpose: string): boolean =>
  attempts.some((made) => made.purpose === purpose && made.status === 'mined')
const nextNonce = ({ attempts }: Input<'readWalletState'>): number =>
  Math.max(6, ...attempts.map(({ nonce }) => nonce)) + 1
const newestOpen = ({ attempts }: Input<'watchTransactions'>) => newestPerNonce(attempts.filter(isOpen))
const HASH = '0x00'

/** The last open attempt has the status `fate`; those before it are mined, or wait too. */
const report =
  (fate: 'pending' | 'missing' | 'superseded' | 'reverted', problem: OnboardingError | null, isAll = false) =>
  (input: Input<'watchTransactions'>): Output<'watchTransactions'> => {
    const open = newestOpen(input)
    const [purpose = 'stake'] = open.slice(-1).map((made) => made.purpose)
    const fates = isAll ? Object.fromEntries(open.map((made) => [made.purpose, fate])) : { [purpose]: fate }
    return watched(input, { fates, problem: problem && failure(problem) })
  }

/** In addition to the answers of `HAPPY`. What the chain shows of a mined stake never changes. */
const OUTPUTS: Outputs = {
  readWalletState: {
    staked: () => stakedWallet(),
    'approve alone': (input) =>
      isMined(input, 'stake') ? stakedWallet() : walletState({ drafts: [draft('approve', nextNonce(input))] }),
    'stake alone': (input) =>
      isMined(input, 'stake')
        ? stakedWallet()
        : walletState({ allowance: '1', drafts: [draft('stake', nextNonce(input))] }),
  },
  watchTransactions: {
    'all waits': report('pending', null, true),
    'all mined, the stake not seen': (input) => {
      const seen = watched(input)
      return { ...seen, report: { ...seen.report, sVvv: '0' } }
    },
    underpriced: report('pending', new TransactionUnderpricedError({ hash: HASH, maxFeePerGas: '1' }, '2'), true),
    missing: report('missing', new TransactionMissingError(HASH)),
    superseded: report('superseded', new TransactionSupersededError(HASH, 8)),
    reverted: report('reverted', new TransactionRevertedError('stake', HASH)),
  },
  fetchChallenge: { siwe: () => ({ form: 'siwe', expiresAt: '2026-11-23T12:15:00.000Z' }) },
  recoverKey: { found: ({ intent }) => ({ key: keyRef({ id: null, label: intent.label }) }) },
  // A stake is permanent: only before it can there be nothing to do.
  draftDiem: { 'nothing to do': () => walletState({ drafts: [] }) },
  offerPayment: { 'nothing to pay': () => ({ payment: null }) },
  findPayment: {
    'not yet': ({ payment: made }) => ({ payment: made }),
    'out of time': ({ payment: made }) => ({ payment: { ...made, status: 'void' } }),
  },
  checkCredit: {
    'no credit': (_) => ({ credit: { balanceUsd: 0, canConsume: false }, checkedAt: START }),
  },
  checkFunding: {
    unfunded: () => funding({ spendable: false, reason: 'No credits.' }),
    expired: () => funding({ spendable: false, cause: 'key-expired', reason: 'The key has expired.' }),
  },
}

const unlabelled = <T extends OnboardingError>(errors: readonly T[]): [string, T][] =>
  errors.map((error) => [error.code, error])

/** Failures that the chart names by their code, or that its guards tell apart. */
const BY_CODE: ReadonlyMap<string, OnboardingError> = new Map<string, OnboardingError>([
  ...unlabelled<OnboardingError>(venice.VENICE_ERRORS.map((Class) => new Class())),
  ...unlabelled<OnboardingError>([
    new NonceUsedError(7),
    new NonceContestedError(7),
    new FeeTooLowError('too low'),
    new ChallengeLostError(),
    new ChallengeStaleError(START),
    new SinkWriteError({ sink: 'fake', reason: 'the disk is full' }),
  ]),
])

const BROKE = new InsufficientEthError({ address: ADDRESS, vvv: { has: 1n, needs: 1n }, eth: { has: 0n, needs: 1n } })
const coded = (code: string): OnboardingError => {
  const error = BY_CODE.get(code)
  if (error === undefined) throw new Error(`No failure here has the code ${code}, which the chart names.`)
  return error
}

/** Failures that can make a guard true. A guard that is missing here is new, and needs its failures. */
const BY_GUARD: Readonly<Record<string, readonly OnboardingError[]>> = {
  isTransient: [new RpcError('it failed'), coded('venice/unavailable')],
  mayReplan: [new WalletStateStaleError(START)],
  mayStillBeMined: [new BudgetExceededError({ cap: setting('maxGasEth'), limit: '0', needed: '1' })],
  mayAwaitFunds: [BROKE],
  mayRefresh: [...BY_CODE.values()].filter(({ recovery }) => recovery === 'refreshToken'),
  maySignAgain: [coded('venice/wallet-signature-mismatch')],
  mayStake: [coded('venice/no-staked-vvv')],
  isMintInDoubt: [coded('venice/mint-outcome-unknown')],
  isOutdated: [coded('chain/nonce-used'), coded('chain/nonce-contested')],
  mayRepost: [coded('venice/mint-outcome-unknown')],
  mayAwaitLag: [coded('venice/no-staked-vvv')],
  lagIsSpent: [coded('venice/no-staked-vvv')],
  mayProveAgain: [coded('venice/unavailable')],
  mayAwaitPayment: [coded('venice/balance-insufficient')],
  // A refused payment that no wait can change.
  isPaymentRefused: [coded('venice/no-credential')],
  isRefusedHere: [new DeclinedError()],
  // Depends on the run, not on the failure: any permanent failure will do.
  paysAsWallet: [],
}
/** Only the last transition takes it. */
const HOPELESS = new RpcRefusedError('it refused')

const clock = fakeClock()

/** Every distinct answer in the state of `snapshot`: all outputs, and one failure for each guard on failures. */
export function answersIn(snapshot: Snapshot): { answers: readonly Answer[]; id: string; input: unknown } {
  const { id, src, input, guards } = waitingFor(snapshot)
  const failures = new Map(
    [...guards.flatMap((guard) => failuresFor(guard)), HOPELESS].map((error) => [error.code, failure(error)]),
  )
  const others = Object.entries((OUTPUTS[src] ?? {}) as Record<string, Answer['answer']>)
  const outputs: [string, Answer['answer']][] = [
    ['well', (given) => HAPPY[src](given, clock)],
    ...others.filter(([name]) => name !== 'found' || mayBeFound(snapshot.context)),
  ]
  return {
    id,
    input,
    answers: [
      ...outputs.map(([name, answer]) => ({ name, effect: src, answer, isFailure: false })),
      ...[...failures].map(([name, failed]) => ({ name, effect: src, answer: (): Failure => failed, isFailure: true })),
    ],
  }
}

/** A key is in the sink only where a mint was posted and its answer lost. */
const mayBeFound = ({ failure: last }: OnboardingContext): boolean => last?.code === 'venice/mint-outcome-unknown'

type Guard = string | { type: string; params?: unknown }

function failuresFor(guard: Guard): readonly OnboardingError[] {
  const { type, params } = typeof guard === 'string' ? { type: guard, params: undefined } : guard
  if (type === 'failedWith') return [coded((params as { code: string }).code)]
  const failures = BY_GUARD[type]
  if (failures === undefined) throw new Error(`Nothing here makes the guard ${type} true.`)
  return failures
}

/** The effect that runs in `snapshot`, its input, and the guards on its failure, from the chart. */
function waitingFor({ value, context }: Snapshot) {
  const [[stage, step] = []] = Object.entries(value)
  const node = onboardingMachine.getStateNodeById(`onboarding.${stage}.${step}`)
  const [invoked] = node.invoke
  if (invoked === undefined) throw new Error(`Nothing is under way in ${node.id}.`)
  const guards = (node.transitions.get(`xstate.error.actor.${invoked.id}`) ?? []).flatMap(
    ({ guard }) => (guard === undefined ? [] : [guard]) as Guard[],
  )
  const input = invoked.input as (given: { context: OnboardingContext }) => unknown
  return { id: invoked.id, src: invoked.src as EffectName, input: input({ context }), guards }
}

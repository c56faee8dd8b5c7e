import { assign, fromPromise, setup } from 'xstate'
import type { Attempt, ChainReport } from '../../src/domain/attempt.ts'
import type { ChallengeInfo } from '../../src/domain/challenge.ts'
import type { Funding, FundingBalances, FundingProof } from '../../src/domain/funding.ts'
import type { KeyRef, MintIntent } from '../../src/domain/key.ts'
import type { Payment } from '../../src/domain/payment.ts'
import { paysAsWallet } from '../../src/domain/request.ts'
import type { WalletState } from '../../src/domain/wallet-state.ts'
import type { Recovery } from '../../src/errors/base.ts'
import type { Failure } from '../../src/errors/failure.ts'
import { currentFailure } from '../failures.ts'
import { count, fundsCheckPlanned, noted, progressed, retryPlanned, transactionGuards } from '../transaction-setup.ts'
import type { Counters, OnboardingContext, OnboardingInput, OnboardingOutput, Stage } from './context.ts'
import type { EffectContract, EffectName } from './effects.ts'
import * as funds from './funding.ts'
import * as payments from './payments.ts'
import * as select from './select.ts'
import * as transactions from './transactions.ts'
import { unsentAttempts } from './transactions.ts'
import { skippedForWallet } from './wallet-credential.ts'

/** A state's description for people and programs. */
export interface StateMeta {
  stage?: Stage
  /** What cannot be undone after this state. */
  irreversible?: string
  /** What the machine waits for here. */
  awaits?: 'rpc' | 'signer' | 'block' | 'venice' | 'clock' | 'funds' | 'disk'
  /** A minted key is only in memory. */
  holdsKey?: true
}

/** Stands in for an effect until the machine is provided with real ones. */
const unprovided = <Name extends EffectName>(name: Name) =>
  fromPromise<EffectContract[Name]['output'], EffectContract[Name]['input']>(async () => {
    throw new Error(`The effect "${name}" is not provided: use onboardingMachine.provide({ actors }).`)
  })

const recoveryOf = (event: object): Recovery | undefined => select.failureOf(event)?.recovery

/** Types, guards, assigns and the names of the effects. Everything is pure; see `machine.ts` for the chart. */
export const onboardingSetup = setup({
  types: {
    context: {} as OnboardingContext,
    input: {} as OnboardingInput,
    output: {} as OnboardingOutput,
    events: {} as { type: 'onboarding.none' },
    meta: {} as StateMeta,
  },
  actors: {
    readWalletState: unprovided('readWalletState'),
    signTransactions: unprovided('signTransactions'),
    broadcast: unprovided('broadcast'),
    watchTransactions: unprovided('watchTransactions'),
    replaceTransactions: unprovided('replaceTransactions'),
    fetchChallenge: unprovided('fetchChallenge'),
    signChallenge: unprovided('signChallenge'),
    openSink: unprovided('openSink'),
    mintKey: unprovided('mintKey'),
    storeKey: unprovided('storeKey'),
    recoverKey: unprovided('recoverKey'),
    checkFunding: unprovided('checkFunding'),
    proveFunding: unprovided('proveFunding'),
    draftDiem: unprovided('draftDiem'),
    offerPayment: unprovided('offerPayment'),
    postPayment: unprovided('postPayment'),
    findPayment: unprovided('findPayment'),
    checkCredit: unprovided('checkCredit'),
    proveCredit: unprovided('proveCredit'),
    sleepUntil: unprovided('sleepUntil'),
  },
  guards: {
    ...transactionGuards<Counters, OnboardingContext>({ isSpent: select.isSpent, unsentAttempts }),
    hasKey: ({ context }) => context.record.key !== null,
    paysAsWallet: ({ context }) => paysAsWallet(context.request),
    /** An earlier pass signed and recorded it, and may have died before it was sent. */
    hasUnsentAttempts: ({ context }) =>
      context.counters.replans === 0 && unsentAttempts(context).length > 0 && !transactions.restsOnSent(context),
    hasOpenApprove: ({ context }) => transactions.openAttemptsFor(context, 'approve').length > 0,
    hasOpenStake: ({ context }) => transactions.openAttemptsFor(context, 'stake').length > 0,
    hasUnprovenStake: ({ context }) => transactions.hasUnprovenStake(context),
    isStakeProven: ({ context }) => transactions.isStakeProven(context),
    hasUnresolvedMint: ({ context }) => select.unresolvedMint(context) !== undefined,
    mintsAreSpent: ({ context }) => select.doubtfulMints(context.record) >= select.LIMITS.mints,

    isStaked: (_, { walletState, stakeAmount }: { walletState: WalletState; stakeAmount: string }) =>
      BigInt(walletState.sVvv) >= BigInt(stakeAmount),
    needsApproval: (_, { walletState }: { walletState: WalletState }) =>
      walletState.drafts.some(({ purpose }) => purpose === 'approve'),
    wasFound: (_, { key }: { key: KeyRef | null }) => key !== null,
    isSpendable: ({ context }) => context.record.funding?.spendable === true,
    mayProve: ({ context }) => context.record.funding?.spendable === true && funds.needsProof(context),
    /** Funds for the key may still arrive before the deadline, or Venice may answer a check that failed. */
    mayAwaitCredit: ({ context }) => {
      const { failure, record } = context
      const mayChange = failure === null || failure.recovery === 'retry' || funds.isPaymentRefused(failure)
      return mayChange && record.funding !== null && funds.mayAwaitCredit(context, record.funding)
    },
    isPaymentRefused: ({ event }) => funds.isPaymentRefused(select.failureOf(event)),
    /** Venice refused payment by the key. That may change before the deadline. */
    mayAwaitPayment: ({ context, event }) => {
      const failure = select.failureOf(event)
      return (
        failure !== null &&
        funds.isPaymentRefused(failure) &&
        funds.mayAwaitCredit(context, funds.fundingUnasked(context, failure))
      )
    },
    /** The paid call got no answer, or a passing refusal. */
    mayProveAgain: ({ context, event }) => recoveryOf(event) === 'retry' && !select.isSpent(context.counters, 'proofs'),
    wantsDiem: ({ context }) => context.request.fund?.way === 'diem' && !context.isDiemStaked,
    hasDrafts: (_, { walletState }: { walletState: WalletState }) => walletState.drafts.length > 0,
    wantsCredit: ({ context }) => payments.wantsCredit(context),
    hasOpenPayment: ({ context }) => payments.openPayment(context) !== undefined,
    isCreditPaid: ({ context }) => payments.isCreditPaid(context),
    isPaymentDue: (_, { payment }: { payment: Payment | null }) => payment !== null,
    isSettled: (_, { payment }: { payment: Payment }) => payment.status === 'settled',
    /** Its time is over and USDC did not move: another payment may be drawn up. */
    mayPayAnew: ({ context }, { payment }: { payment: Payment }) =>
      payment.status === 'void' && !select.isSpent(context.counters, 'payments'),
    /** Venice refused it and USDC did not move; or too many payments ran out of time. */
    isRefusedForGood: ({ context }, { payment }: { payment: Payment }) =>
      payment.status === 'void' || (context.failure !== null && context.failure.recovery !== 'retry'),
    /** The last post, or the check of its payment, had a passing failure, and the run has waited for it. */
    hasWaited: ({ context }) => context.wakeAt !== null,
    mayPostAgain: ({ context }) => !select.isSpent(context.counters, 'retries'),
    mayProveCredit: ({ context }, { credit }: EffectContract['checkCredit']['output']) =>
      credit.canConsume && payments.needsCreditProof(context),
    hasCredit: (_, { credit }: EffectContract['checkCredit']['output']) => credit.canConsume,
    /** It is paid, but Venice may need a moment to show it. */
    mayPollForCredit: ({ context }) => payments.mayPollForCredit(context),
    isRefusedHere: ({ event }) => recoveryOf(event) === 'refuse',

    /** The challenge is no longer good. */
    mayRefresh: ({ context, event }) =>
      recoveryOf(event) === 'refreshToken' && !select.isSpent(context.counters, 'refreshes'),
    maySignAgain: ({ context, event }) =>
      recoveryOf(event) === 'signAgain' && !select.isSpent(context.counters, 'resigns'),
    /** Venice sees no stake, but the chain shows one. */
    mayAwaitLag: ({ context, event }) =>
      recoveryOf(event) === 'stake' && select.holdsStake(context) && !select.isSpent(context.counters, 'lagWaits'),
    lagIsSpent: ({ context, event }) => recoveryOf(event) === 'stake' && select.holdsStake(context),
    mayStake: ({ context, event }) => recoveryOf(event) === 'stake' && !select.isSpent(context.counters, 'replans'),
    /** A key may have been made. */
    isMintInDoubt: ({ event }) => recoveryOf(event) === 'resolveMint',
    /**
     * The outcome of a single-use challenge is unknown: because of its last post, or of an earlier one if the last had
     * a passing failure.
     */
    mayRepost: ({ context, event }) => {
      const failure = select.failureOf(event)
      const isInDoubt =
        failure?.code === 'venice/mint-outcome-unknown' ||
        (failure?.recovery === 'retry' && select.unresolvedMint(context)?.status === 'doubted')
      return isInDoubt && context.challenge?.form === 'siwe' && !select.isSpent(context.counters, 'retries')
    },
  },
  actions: {
    noteProgress: assign(({ context }) => progressed(context)),
    /** For a step before one that may fail again: the retries so far still count. */
    forgetFailure: assign({ failure: null, wakeAt: null }),
    noteFailure: assign(({ context, event }) => ({ failure: noted(context, event) })),
    noteNotStaked: assign(({ context }) => ({ failure: select.notStaked(context) })),
    noteMintsSpent: assign(({ context }) => ({ failure: select.mintsSpent(context) })),
    scheduleRetry: assign(({ context, event }) => retryPlanned(context, event)),
    scheduleLagCheck: assign(({ context, event }) => {
      const failure = currentFailure(context, event)
      if (failure === null) return {}
      return {
        failure,
        wakeAt: select.lagCheckAt(context.counters, failure),
        counters: count(context.counters, 'lagWaits'),
      }
    }),
    scheduleFundsCheck: assign(({ context, event }) => fundsCheckPlanned(context, event)),
    noteStakeNotSeen: assign(({ context, event }) => {
      const failure = currentFailure(context, event)
      return failure === null ? {} : { failure: select.stakeNotSeen(context, failure) }
    }),
    count: assign(({ context }, { name }: { name: keyof Counters }) => ({ counters: count(context.counters, name) })),

    recordWalletState: assign((_, { walletState }: { walletState: WalletState }) => ({ walletState })),
    skipOwnStake: assign(({ context }) => ({
      record: { ...context.record, skipped: select.skippedStaking(context, context.request.stakeAmount) },
    })),
    skipStaking: assign(({ context }, { walletState }: { walletState: WalletState }) => ({
      record: { ...context.record, skipped: select.skippedStaking(context, walletState.sVvv) },
    })),
    skipKey: assign(({ context }) => ({ record: { ...context.record, skipped: skippedForWallet() } })),
    skipApproval: assign(({ context }, { walletState }: { walletState: WalletState }) => ({
      record: { ...context.record, skipped: select.skippedApproval(context, walletState) },
    })),
    recordAttempts: assign(({ context }, { attempts }: { attempts: readonly Attempt[] }) => ({
      record: { ...context.record, attempts: transactions.withMade(context.record.attempts, attempts) },
    })),
    recordBroadcast: assign(({ context }, handedOut: EffectContract['broadcast']['output']) => ({
      missing: [],
      record: { ...context.record, attempts: transactions.withBroadcast(context.record.attempts, handedOut) },
    })),
    recordReport: assign(({ context }, { report, problem }: { report: ChainReport; problem: Failure | null }) => ({
      record: { ...context.record, attempts: transactions.withReport(context.record.attempts, report) },
      sVvvSeen: report.sVvv,
      missing: transactions.missingIn(context.record.attempts, report),
      failure: problem,
    })),
    recordChallenge: assign((_, { challenge }: { challenge: ChallengeInfo }) => ({ challenge })),
    recordIntent: assign(({ context }, { intent, warnings }: { intent: MintIntent; warnings: readonly string[] }) => ({
      record: select.withIntent(context.record, intent, warnings),
    })),
    recordRefusal: assign(({ context, event }) => ({
      record: select.withRefusal(context.record, select.failureOf(event), context.request.key.type),
    })),
    recordDoubt: assign(({ context }) => ({ record: select.withDoubt(context.record) })),
    recordLostMint: assign(({ context }) => ({ record: select.withLostMint(context.record, context.request.key) })),
    recordKey: assign(({ context }, { key }: { key: KeyRef | null }) =>
      key === null ? {} : { record: select.withKey(context.record, key), challenge: null },
    ),
    recordFunding: assign(({ context }, { funding }: { funding: Funding }) => ({
      record: { ...context.record, funding: funds.withProof(funding, context) },
    })),
    /** The failure stays, because the next decision needs it. */
    recordFundingUnknown: assign(({ context, event }) => {
      const failure = noted(context, event)
      return { failure, record: { ...context.record, funding: funds.fundingUnasked(context, failure) } }
    }),
    recordPaymentRefused: assign(({ context, event }) => {
      const failure = noted(context, event)
      return { failure: null, record: { ...context.record, funding: funds.fundingRefused(context, failure) } }
    }),
    recordUnproven: assign(({ context, event }) => {
      const failure = noted(context, event)
      return { failure: null, record: { ...context.record, funding: funds.fundingUnproven(context, failure) } }
    }),
    recordProof: assign(({ context }, given: { proof: FundingProof; balances: FundingBalances | null }) => ({
      record: { ...context.record, funding: funds.fundingProven(context, given) },
    })),
    noteDiemStaked: assign(({ context }, { walletState }: { walletState: WalletState }) => ({
      isDiemStaked: true,
      record: { ...context.record, skipped: select.skippedDiem(context, walletState) },
    })),
    recordPayment: assign(({ context }, { payment }: { payment: Payment | null }) =>
      payment === null ? {} : { record: payments.withPayment(context.record, payment) },
    ),
    notePaymentRefused: assign(({ context }) => ({ failure: context.failure ?? payments.notTaken(context) })),
    recordCredit: assign(({ context }, answer: EffectContract['checkCredit']['output']) => ({
      record: payments.withCredit(context.record, answer),
    })),
    recordCreditProof: assign(({ context }, answer: EffectContract['proveCredit']['output']) => ({
      record: payments.withCreditProof(context.record, answer),
    })),
    recordCreditRefused: assign(({ context, event }) => {
      const failure = noted(context, event)
      return { failure: null, record: payments.withCreditRefused(context.record, failure) }
    }),
    scheduleCreditPoll: assign(({ context }) => ({
      wakeAt: payments.creditPollAt(context),
      counters: count(context.counters, 'lagWaits'),
    })),
    scheduleCreditCheck: assign(({ context }) => ({
      wakeAt: funds.creditCheckAt(context),
      counters: count(context.counters, 'creditChecks'),
    })),
    scheduleProof: assign(({ context, event }) => {
      const failure = currentFailure(context, event)
      if (failure === null) return {}
      const wakeAt = select.retryAt({ ...context.counters, retries: context.counters.proofs }, failure)
      return { failure, wakeAt, counters: count(context.counters, 'proofs') }
    }),
  },
})

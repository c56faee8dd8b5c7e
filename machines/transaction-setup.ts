import type { Attempt } from '../src/domain/attempt.ts'
import type { Failure } from '../src/errors/failure.ts'
import { currentFailure, failureOf, foreignFailure, fundsCheckAt, isBumpRefused, retryAt } from './failures.ts'
import { awaitedAttempts, hasLostApprove, isInFlight } from './transactions.ts'

/** Counters of the loops that every chart with transactions has. */
interface TransactionCounters {
  retries: number
  replans: number
  rebroadcasts: number
  replacements: number
}

/** What a context must hold for the guards and actions of this file. */
interface TransactionContext<Counters> {
  record: { attempts: readonly Attempt[] }
  counters: Counters
  /** Hashes of attempts no node knew at the last receipt check. */
  missing: readonly string[]
  /** ISO 8601. */
  fundsDeadline: string | null
  failure: Failure | null
}

interface Situation<Context> {
  context: Context
  event: object
}

/** The next value of `counters` after its loop `name` has turned. */
export const count = <Counters extends object>(counters: Counters, name: keyof Counters): Counters => ({
  ...counters,
  [name]: (counters[name] as number) + 1,
})

/**
 * Guards about transactions and the failures around them, for the setup of a machine. Pure.
 *
 * @param chart.isSpent - whether a loop has reached its limit.
 * @param chart.unsentAttempts - the attempts to send, or to send again.
 */
export const transactionGuards = <
  Counters extends TransactionCounters,
  Context extends TransactionContext<Counters>,
>(chart: {
  isSpent: (counters: Counters, name: keyof Counters) => boolean
  unsentAttempts: (context: Context) => readonly Attempt[]
}) => {
  const mayTurn = (context: Context, name: keyof Counters): boolean => !chart.isSpent(context.counters, name)

  /** A stake without its approve has reverted, or no node knows it and it is not sent again. */
  const isOrphanDecided = ({ context, event }: Situation<Context>): boolean => {
    const code = currentFailure(context, event)?.code
    if (code === 'chain/transaction-reverted') return hasLostApprove(context)
    return code === 'chain/transaction-missing' && chart.unsentAttempts(context).length === 0
  }

  return {
    hasOpenAttempts: ({ context }: Situation<Context>) => awaitedAttempts(context).length > 0,
    hasProblem: ({ context }: Situation<Context>) => context.failure !== null,
    mayRebroadcast: ({ context }: Situation<Context>) =>
      context.missing.length > 0 && chart.unsentAttempts(context).length > 0 && mayTurn(context, 'rebroadcasts'),
    /** A fee bump was refused, but the transaction to be replaced was sent and may still be mined. */
    mayStillBeMined: ({ context, event }: Situation<Context>) => isBumpRefused(failureOf(event)) && isInFlight(context),
    mayPollAgain: ({ context }: Situation<Context>) => mayTurn(context, 'replans'),
    /** The current failure has this code, and its loop is below its limit. */
    failedWith: ({ context, event }: Situation<Context>, { code, within }: { code: string; within?: keyof Counters }) =>
      failureOf(event)?.code === code && (within === undefined || mayTurn(context, within)),
    isTransient: ({ context, event }: Situation<Context>) =>
      failureOf(event)?.recovery === 'retry' && mayTurn(context, 'retries'),
    /** The chain is not as the plan assumed. */
    isOutdated: ({ event }: Situation<Context>) => failureOf(event)?.recovery === 'replan',
    mayReplan: (situation: Situation<Context>) =>
      (currentFailure(situation.context, situation.event)?.recovery === 'replan' || isOrphanDecided(situation)) &&
      mayTurn(situation.context, 'replans'),
    mayReplace: ({ context, event }: Situation<Context>) =>
      currentFailure(context, event)?.recovery === 'replace' && mayTurn(context, 'replacements'),
    mayAwaitFunds: ({ context, event }: Situation<Context>) => {
      const failure = failureOf(event)
      return failure?.recovery === 'fund' && context.fundsDeadline !== null && failure.at < context.fundsDeadline
    },
  }
}

/** The context changes after a successful step: failures are counted from one again. */
export const progressed = <Counters extends TransactionCounters>({ counters }: { counters: Counters }) => ({
  failure: null,
  wakeAt: null,
  counters: { ...counters, retries: 0 },
})

type Failing<Counters> = Pick<TransactionContext<Counters>, 'failure' | 'counters'>

/** Notes the current failure, or that there is none. */
export const noted = <Counters>(context: Failing<Counters>, event: object): Failure =>
  currentFailure(context, event) ?? foreignFailure(event)

/** The context changes before a later retry. */
export const retryPlanned = <Counters extends TransactionCounters>(context: Failing<Counters>, event: object) => {
  const failure = currentFailure(context, event)
  if (failure === null) return {}
  return { failure, wakeAt: retryAt(context.counters, failure), counters: count(context.counters, 'retries') }
}

/** The context changes before a later read of the wallet, until its deadline. */
export const fundsCheckPlanned = <Counters>(
  context: Failing<Counters> & Pick<TransactionContext<Counters>, 'fundsDeadline'>,
  event: object,
) => {
  const failure = currentFailure(context, event)
  if (failure === null || context.fundsDeadline === null) return {}
  return { failure, wakeAt: fundsCheckAt(failure, context.fundsDeadline) }
}

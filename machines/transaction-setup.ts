import type { Attempt } from '../src/domain/attempt.ts'
import type { Failure } from '../src/errors/failure.ts'
import { currentFailure, failureOf, foreignFailure, fundsCheckAt, isBumpRefused, retryAt } from './failures.ts'
import { awaitedAttempts, hasLostApprove, isInFlight } from './transactions.ts'

/** The loops that every chart with transactions has. */
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

/** The next value of `counters` once its loop `name` has turned. */
export const count = <Counters extends object>(counters: Counters, name: keyof Counters): Counters => ({
  ...counters,
  [name]: (counters[name] as number) + 1,
})

/**
 * Guards about transactions and the failures around them, for the setup of a machine. Pure.
 *
 * @param chart.isSpent - whether a loop has turned as often as it may.
 * @param chart.unsentAttempts - what is to be sent, or sent again.
 */
export const transactionGuards = <
  Counters extends TransactionCounters,
  Context extends TransactionContext<Counters>,
>(chart: {
  isSpent: (counters: Counters, name: keyof Counters) => boolean
  unsentAttempts: (context: Context) => readonly Attempt[]
}) => {
  const mayTurn = (context: Context, name: keyof Counters): boolean => !chart.isSpent(context.counters, name)

  /** A stake whose approve was lost has reverted, or is not known to any node and is not sent again. */
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
    /** A fee bump was refused while what it was to replace is out: it may be mined as it is. */
    mayStillBeMined: ({ context, event }: Situation<Context>) => isBumpRefused(failureOf(event)) && isInFlight(context),
    mayPollAgain: ({ context }: Situation<Context>) => mayTurn(context, 'replans'),
    /** The failure under way has this code, and the counter that bounds its loop is not spent. */
    failedWith: ({ context, event }: Situation<Context>, { code, within }: { code: string; within?: keyof Counters }) =>
      failureOf(event)?.code === code && (within === undefined || mayTurn(context, within)),
    isTransient: ({ context, event }: Situation<Context>) =>
      failureOf(event)?.recovery === 'retry' && mayTurn(context, 'retries'),
    /** What the chain looks like is not what was assumed. */
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

/** What changes in a context when a step has succeeded: the next failure counts from one. */
export const progressed = <Counters extends TransactionCounters>({ counters }: { counters: Counters }) => ({
  failure: null,
  wakeAt: null,
  counters: { ...counters, retries: 0 },
})

type Failing<Counters> = Pick<TransactionContext<Counters>, 'failure' | 'counters'>

/** The failure under way, or why there is none to tell of. */
export const noted = <Counters>(context: Failing<Counters>, event: object): Failure =>
  currentFailure(context, event) ?? foreignFailure(event)

/** What changes when the same is tried again later. */
export const retryPlanned = <Counters extends TransactionCounters>(context: Failing<Counters>, event: object) => {
  const failure = currentFailure(context, event)
  if (failure === null) return {}
  return { failure, wakeAt: retryAt(context.counters, failure), counters: count(context.counters, 'retries') }
}

/** What changes when the wallet is looked at again later, until its deadline. */
export const fundsCheckPlanned = <Counters>(
  context: Failing<Counters> & Pick<TransactionContext<Counters>, 'fundsDeadline'>,
  event: object,
) => {
  const failure = currentFailure(context, event)
  if (failure === null || context.fundsDeadline === null) return {}
  return { failure, wakeAt: fundsCheckAt(failure, context.fundsDeadline) }
}

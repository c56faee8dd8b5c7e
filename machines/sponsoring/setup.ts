import { assign, fromPromise, setup } from 'xstate'
import { type Attempt, withApproval } from '../../src/domain/attempt.ts'
import type { TreasuryPosition } from '../../src/domain/sponsoring.ts'
import { currentFailure, failureOf, foreignFailure, fundsCheckAt, isBumpRefused, retryAt } from '../failures.ts'
import { awaitedAttempts, hasLostApprove, isInFlight, missingIn } from '../transactions.ts'
import {
  NO_LOOPS,
  type SponsoringContext,
  type SponsoringCounters,
  type SponsoringInput,
  type SponsoringOutput,
} from './context.ts'
import type { SponsoringEffectName, SponsoringEffects } from './effects.ts'
import * as select from './select.ts'

/** What a state tells people and programs about itself. */
export interface SponsoringMeta {
  /** What cannot be taken back once this state has done its work. */
  irreversible?: string
  /** Whom the machine waits for here. */
  awaits?: 'rpc' | 'signer' | 'block' | 'clock' | 'funds'
}

/** Stands in for an effect until the machine is provided with real ones. */
const unprovided = <Name extends SponsoringEffectName>(name: Name) =>
  fromPromise<SponsoringEffects[Name]['output'], SponsoringEffects[Name]['input']>(async () => {
    throw new Error(`The effect "${name}" is not provided: use sponsoringMachine.provide({ actors }).`)
  })

const count = (counters: SponsoringCounters, name: keyof SponsoringCounters): SponsoringCounters => ({
  ...counters,
  [name]: counters[name] + 1,
})

/** A stake whose approve was lost has reverted, or is not known to any node and is not sent again. */
const isOrphanDecided = (context: SponsoringContext, event: object): boolean => {
  const code = currentFailure(context, event)?.code
  if (code === 'chain/transaction-reverted') return hasLostApprove(context)
  return code === 'chain/transaction-missing' && select.unsentAttempts(context).length === 0
}

/** Types, guards, assigns and the names of the effects. Everything is pure; see `machine.ts` for the chart. */
export const sponsoringSetup = setup({
  types: {
    context: {} as SponsoringContext,
    input: {} as SponsoringInput,
    output: {} as SponsoringOutput,
    events: {} as { type: 'sponsoring.none' },
    meta: {} as SponsoringMeta,
  },
  actors: {
    readTreasury: unprovided('readTreasury'),
    signTransactions: unprovided('signTransactions'),
    broadcast: unprovided('broadcast'),
    watchTransactions: unprovided('watchTransactions'),
    unblockTransactions: unprovided('unblockTransactions'),
    sleepUntil: unprovided('sleepUntil'),
  },
  guards: {
    /** Signed and recorded by an earlier pass that may have died before it was sent. */
    hasUnsentAttempts: ({ context }) => context.position === null && select.unsentAttempts(context).length > 0,
    hasOpenAttempts: ({ context }) => awaitedAttempts(context).length > 0,
    isCovered: (_, { position }: { position: TreasuryPosition }) => position.short === 0,
    mayRebroadcast: ({ context }) =>
      context.missing.length > 0 &&
      select.unsentAttempts(context).length > 0 &&
      !select.isSpent(context.counters, 'rebroadcasts'),
    /** A fee bump was refused while what it was to replace is out: it may be mined as it is. */
    mayStillBeMined: ({ context, event }) => isBumpRefused(failureOf(event)) && isInFlight(context),
    hasProblem: ({ context }) => context.failure !== null,
    mayLookAgain: ({ context }) => !select.isSpent(context.counters, 'replans'),

    /** The failure under way has this code. */
    failedWith: ({ event }, { code }: { code: string }) => failureOf(event)?.code === code,
    isTransient: ({ context, event }) =>
      failureOf(event)?.recovery === 'retry' && !select.isSpent(context.counters, 'retries'),
    mayReplan: ({ context, event }) =>
      (currentFailure(context, event)?.recovery === 'replan' || isOrphanDecided(context, event)) &&
      !select.isSpent(context.counters, 'replans'),
    mayUnblock: ({ context, event }) =>
      currentFailure(context, event)?.recovery === 'unblock' && !select.isSpent(context.counters, 'unblocks'),
    mayAwaitFunds: ({ context, event }) => {
      const failure = failureOf(event)
      return failure?.recovery === 'fund' && context.fundsDeadline !== null && failure.at < context.fundsDeadline
    },
  },
  actions: {
    noteProgress: assign(({ context }) => ({
      failure: null,
      wakeAt: null,
      counters: { ...context.counters, retries: 0 },
    })),
    noteFailure: assign(({ context, event }) => ({
      failure: currentFailure(context, event) ?? foreignFailure(event),
    })),
    noteNotStaked: assign(({ context }) => ({ failure: select.notStaked(context) })),
    scheduleRetry: assign(({ context, event }) => {
      const failure = currentFailure(context, event)
      if (failure === null) return {}
      return { failure, wakeAt: retryAt(context.counters, failure), counters: count(context.counters, 'retries') }
    }),
    scheduleFundsCheck: assign(({ context, event }) => {
      const failure = currentFailure(context, event)
      if (failure === null || context.fundsDeadline === null) return {}
      return { failure, wakeAt: fundsCheckAt(failure, context.fundsDeadline) }
    }),
    count: assign(({ context }, { name }: { name: keyof SponsoringCounters }) => ({
      counters: count(context.counters, name),
    })),

    recordPosition: assign(({ context }, { position }: { position: TreasuryPosition }) => ({
      // Who is covered is in the record from now on.
      position: { ...position, covered: [] },
      record: select.withPosition(context.record, position.covered),
    })),
    recordAttempts: assign(({ context }, { attempts }: { attempts: readonly Attempt[] }) => ({
      record: { ...context.record, attempts: [...context.record.attempts, ...withApproval(attempts)] },
    })),
    recordBroadcast: assign(({ context }, handedOut: SponsoringEffects['broadcast']['output']) => ({
      missing: [],
      record: { ...context.record, attempts: select.withHandedOut(context.record.attempts, handedOut) },
    })),
    recordReport: assign(({ context }, { report, problem }: SponsoringEffects['watchTransactions']['output']) => {
      const record = select.withLook(context.record, report)
      const isFurther = record.staked.length > context.record.staked.length
      return {
        record,
        missing: missingIn(context.record.attempts, report),
        counters: isFurther ? NO_LOOPS : context.counters,
        failure: problem,
      }
    }),
  },
})

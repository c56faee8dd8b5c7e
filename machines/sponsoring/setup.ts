import { assign, fromPromise, setup } from 'xstate'
import type { Attempt } from '../../src/domain/attempt.ts'
import type { TreasuryPosition } from '../../src/domain/sponsoring.ts'
import { currentFailure, failureOf, foreignFailure, fundsCheckAt, retryAt } from '../failures.ts'
import { missingIn, openAttempts } from '../transactions.ts'
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
    hasOpenAttempts: ({ context }) => openAttempts(context).length > 0,
    isCovered: (_, { position }: { position: TreasuryPosition }) => position.short === 0,
    mayRebroadcast: ({ context }) => context.missing.length > 0 && !select.isSpent(context.counters, 'rebroadcasts'),
    hasProblem: ({ context }) => context.failure !== null,
    mayLookAgain: ({ context }) => !select.isSpent(context.counters, 'replans'),

    /** The failure under way has this code. */
    failedWith: ({ event }, { code }: { code: string }) => failureOf(event)?.code === code,
    isTransient: ({ context, event }) =>
      failureOf(event)?.recovery === 'retry' && !select.isSpent(context.counters, 'retries'),
    mayReplan: ({ context, event }) =>
      currentFailure(context, event)?.recovery === 'replan' && !select.isSpent(context.counters, 'replans'),
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
      record: { ...context.record, attempts: [...context.record.attempts, ...attempts] },
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

import { assign, fromPromise, setup } from 'xstate'
import type { Attempt } from '../../src/domain/attempt.ts'
import type { TreasuryState } from '../../src/domain/sponsoring.ts'
import { count, fundsCheckPlanned, noted, progressed, retryPlanned, transactionGuards } from '../transaction-setup.ts'
import { missingIn, withMade } from '../transactions.ts'
import {
  NO_LOOPS,
  type SponsoringContext,
  type SponsoringCounters,
  type SponsoringInput,
  type SponsoringOutput,
} from './context.ts'
import type { SponsoringEffectName, SponsoringEffects } from './effects.ts'
import * as select from './select.ts'

/** A state's description for people and programs. */
export interface SponsoringMeta {
  /** What cannot be undone after this state. */
  irreversible?: string
  /** What the machine waits for here. */
  awaits?: 'rpc' | 'signer' | 'block' | 'clock' | 'funds'
}

/** Stands in for an effect until the machine is provided with real ones. */
const unprovided = <Name extends SponsoringEffectName>(name: Name) =>
  fromPromise<SponsoringEffects[Name]['output'], SponsoringEffects[Name]['input']>(async () => {
    throw new Error(`The effect "${name}" is not provided: use sponsoringMachine.provide({ actors }).`)
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
    replaceTransactions: unprovided('replaceTransactions'),
    sleepUntil: unprovided('sleepUntil'),
  },
  guards: {
    ...transactionGuards<SponsoringCounters, SponsoringContext>({
      isSpent: select.isSpent,
      unsentAttempts: select.unsentAttempts,
    }),
    /** An earlier pass signed and recorded it, and may have died before it was sent. */
    hasUnsentAttempts: ({ context }) => context.walletState === null && select.unsentAttempts(context).length > 0,
    isCovered: (_, { walletState }: { walletState: TreasuryState }) => walletState.short === 0,
  },
  actions: {
    noteProgress: assign(({ context }) => progressed(context)),
    noteFailure: assign(({ context, event }) => ({ failure: noted(context, event) })),
    noteNotStaked: assign(({ context }) => ({ failure: select.notStaked(context) })),
    scheduleRetry: assign(({ context, event }) => retryPlanned(context, event)),
    scheduleFundsCheck: assign(({ context, event }) => fundsCheckPlanned(context, event)),
    count: assign(({ context }, { name }: { name: keyof SponsoringCounters }) => ({
      counters: count(context.counters, name),
    })),

    recordWalletState: assign(({ context }, { walletState }: { walletState: TreasuryState }) => ({
      // From now on, the record holds the covered agents.
      walletState: { ...walletState, covered: [] },
      record: select.withTreasuryState(context.record, walletState.covered),
    })),
    recordAttempts: assign(({ context }, { attempts }: { attempts: readonly Attempt[] }) => ({
      record: { ...context.record, attempts: withMade(context.record.attempts, attempts) },
    })),
    recordBroadcast: assign(({ context }, handedOut: SponsoringEffects['broadcast']['output']) => ({
      missing: [],
      record: { ...context.record, attempts: select.withHandedOut(context.record.attempts, handedOut) },
    })),
    recordReport: assign(({ context }, { report, problem }: SponsoringEffects['watchTransactions']['output']) => {
      const record = select.withPoll(context.record, report)
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

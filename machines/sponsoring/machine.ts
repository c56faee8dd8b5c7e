import { openToSend } from '../transactions.ts'
import type { SponsoringCounters } from './context.ts'
import * as select from './select.ts'
import { sponsoringSetup } from './setup.ts'

/** Rises with every change that an older record must know of; see `driver/envelope`. */
export const SPONSORING_VERSION = 1

const counting = (name: keyof SponsoringCounters) => ({ type: 'count', params: { name } }) as const

const retry = { guard: 'isTransient', target: 'wait', actions: 'scheduleRetry' } as const

/** The ways out that are the same everywhere, tried last. */
const giveUp = [
  { guard: 'mayReplan', target: '#sponsoring.look', actions: ['noteFailure', counting('replans')] },
  { target: '#sponsoring.failed', actions: 'noteFailure' },
] as const

/** The ways out that states share, tried after their own. */
const otherwise = [retry, { guard: 'mayAwaitFunds', target: 'wait', actions: 'scheduleFundsCheck' }, ...giveUp] as const

/** What was signed is of cheaper times: recorded again under its nonce, at the fees of today. */
const unblock = {
  guard: 'mayUnblock',
  target: '#sponsoring.awaitConfirmation.unblock',
  actions: ['noteFailure', counting('unblocks')],
} as const

/** No node takes it at its fees, for now: the base fee may come down within the patience of the watch. */
const watchUnderpriced = {
  guard: { type: 'failedWith', params: { code: 'chain/fee-too-low' } },
  target: '#sponsoring.awaitConfirmation.watch',
  actions: 'noteFailure',
} as const

/** Waits until the absolute time in context, then goes on to `target`. */
const wait = (target: string, why: string) =>
  ({
    description: why,
    meta: { awaits: 'clock' },
    invoke: {
      src: 'sleepUntil',
      id: 'sleepUntil',
      input: ({ context }: { context: { wakeAt: string | null } }) => ({
        until: context.wakeAt ?? new Date(0).toISOString(),
      }),
      onDone: { target },
      onError: { target: '#sponsoring.failed', actions: 'noteFailure' },
    },
  }) as const

/**
 * A treasury stakes VVV for agents, each exactly once: one approve for all that is missing, then a stake for each, many in
 * flight, in the order of their nonces.
 *
 * Pure: no I/O, clock, randomness or environment. Effects are the actors of `SponsoringEffects`; provide them with
 * `sponsoringMachine.provide({ actors })`, or let the driver run them.
 */
export const sponsoringMachine = sponsoringSetup.createMachine({
  id: 'sponsoring',
  description: 'A treasury stakes VVV for its agents.',
  context: ({ input }) => select.initialContext(input),
  output: ({ context: { record, failure } }) => ({ outcome: failure === null ? 'done' : 'failed', record, failure }),
  initial: 'look',
  states: {
    look: {
      description:
        'Look at the treasury and at the agents that were not seen with their stake, and decide what is left.',
      initial: 'choose',
      states: {
        choose: {
          description: 'What an earlier pass began comes first.',
          always: [
            { guard: 'hasUnsentAttempts', target: '#sponsoring.awaitConfirmation.rebroadcast' },
            { guard: 'hasOpenAttempts', target: '#sponsoring.awaitConfirmation' },
            { target: 'read' },
          ],
        },
        read: {
          description: 'Read treasury, nonce, fees and the sVVV of every agent, all of one block.',
          meta: { awaits: 'rpc' },
          invoke: {
            src: 'readTreasury',
            id: 'readTreasury',
            input: ({ context }) => select.lookRequest(context),
            onDone: [
              {
                guard: { type: 'isCovered', params: ({ event }) => ({ position: event.output }) },
                target: '#sponsoring.done',
                actions: [
                  'noteProgress',
                  { type: 'recordPosition', params: ({ event }) => ({ position: event.output }) },
                ],
              },
              {
                target: '#sponsoring.sign',
                actions: [
                  'noteProgress',
                  { type: 'recordPosition', params: ({ event }) => ({ position: event.output }) },
                ],
              },
            ],
            onError: [
              { guard: 'mayAwaitFunds', target: 'awaitFunds', actions: 'scheduleFundsCheck' },
              retry,
              ...giveUp,
            ],
          },
        },
        awaitFunds: {
          ...wait('read', 'The treasury lacks ETH or VVV; look again after a while.'),
          meta: { awaits: 'funds' },
        },
        wait: wait('read', 'The RPC failed for the moment; back off.'),
      },
    },

    sign: {
      description: 'Check counterparties, budget and plan, then sign what was drafted. Nothing is sent.',
      initial: 'prepare',
      states: {
        prepare: {
          description: 'The approve for all that is missing, and as many stakes as may be in flight.',
          meta: { awaits: 'signer' },
          invoke: {
            src: 'signTransactions',
            id: 'signTransactions',
            input: ({ context }) => select.signingRequest(context),
            onDone: {
              target: '#sponsoring.broadcast',
              actions: [
                'noteProgress',
                { type: 'recordAttempts', params: ({ event }) => ({ attempts: event.output }) },
              ],
            },
            onError: [...otherwise],
          },
        },
        wait: wait('prepare', 'The signer failed for the moment; back off.'),
      },
    },

    broadcast: {
      description: 'Hand the recorded transactions to the network, in the order of their nonces.',
      meta: {
        irreversible:
          'sVVV belongs to the agent it was staked for and cannot be transferred; only the agent can unstake it.',
      },
      initial: 'send',
      states: {
        send: {
          description: 'The recorded bytes, however often.',
          meta: { awaits: 'rpc' },
          invoke: {
            src: 'broadcast',
            id: 'broadcast',
            input: ({ context }) => ({ attempts: openToSend(context), isNew: true }),
            onDone: {
              target: '#sponsoring.awaitConfirmation',
              actions: ['noteProgress', { type: 'recordBroadcast', params: ({ event }) => event.output }],
            },
            onError: [watchUnderpriced, ...otherwise],
          },
        },
        wait: wait('send', 'The RPC failed for the moment; back off.'),
      },
    },

    awaitConfirmation: {
      description: 'Watch the transactions until the sVVV of each agent proves its stake.',
      initial: 'watch',
      states: {
        watch: {
          description: 'Look once a block, until something about a transaction is decided.',
          meta: { awaits: 'block' },
          invoke: {
            src: 'watchTransactions',
            id: 'watchTransactions',
            input: ({ context }) => ({ address: context.request.address, attempts: select.watchedAttempts(context) }),
            onDone: {
              target: 'judge',
              actions: ['noteProgress', { type: 'recordReport', params: ({ event }) => event.output }],
            },
            onError: [...otherwise],
          },
        },
        judge: {
          description: 'Decide by what was seen.',
          always: [
            unblock,
            { guard: 'mayReplan', target: '#sponsoring.look', actions: counting('replans') },
            { guard: 'mayRebroadcast', target: 'rebroadcast', actions: counting('rebroadcasts') },
            { guard: 'hasProblem', target: '#sponsoring.failed' },
            { guard: 'hasOpenAttempts', target: 'watch' },
            { guard: 'mayLookAgain', target: '#sponsoring.look', actions: counting('replans') },
            { target: '#sponsoring.failed', actions: 'noteNotStaked' },
          ],
        },
        rebroadcast: {
          description: 'Hand out what is recorded and no node knows: the same bytes again, or what replaces them.',
          meta: { awaits: 'rpc' },
          invoke: {
            src: 'broadcast',
            id: 'broadcast',
            input: ({ context }) => ({
              attempts: select.unsentAttempts(context),
              isNew: context.position === null,
            }),
            onDone: {
              target: 'watch',
              actions: ['noteProgress', { type: 'recordBroadcast', params: ({ event }) => event.output }],
            },
            onError: [
              { guard: { type: 'failedWith', params: { code: 'chain/nonce-contested' } }, target: 'watch' },
              watchUnderpriced,
              ...otherwise,
            ],
          },
        },
        unblock: {
          description:
            'Sign again what cannot be mined, under its nonce at higher fees; fill a nonce that nobody uses.',
          meta: { awaits: 'signer' },
          invoke: {
            src: 'unblockTransactions',
            id: 'unblockTransactions',
            input: ({ context }) => select.unblockRequest(context),
            onDone: {
              target: 'rebroadcast',
              actions: [
                'noteProgress',
                { type: 'recordAttempts', params: ({ event }) => ({ attempts: event.output }) },
              ],
            },
            onError: [{ guard: 'mayStillBeMined', target: 'watch', actions: 'noteFailure' }, ...otherwise],
          },
        },
        wait: wait('watch', 'The RPC failed for the moment; back off.'),
      },
    },

    done: { type: 'final', description: 'Each agent was seen with the sVVV it shall hold.' },
    failed: { type: 'final', description: 'Stopped, for the reason in context; the next run starts from the record.' },
  },
})

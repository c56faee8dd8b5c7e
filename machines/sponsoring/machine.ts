import type { TreasuryState } from '../../src/domain/sponsoring.ts'
import { transactionStates } from '../transaction-states.ts'
import { openToSend } from '../transactions.ts'
import type { SponsoringContext } from './context.ts'
import * as select from './select.ts'
import { sponsoringSetup } from './setup.ts'

/** Rises with every change that affects older records; see `driver/envelope`. */
export const SPONSORING_VERSION = 1

const { wait, awaitFunds, retryLater, replanOrFail, sign, send, confirmation } = transactionStates(
  'sponsoring',
  'survey',
)

const recordWalletState = {
  type: 'recordWalletState',
  params: ({ event }: { event: { output: TreasuryState } }) => ({ walletState: event.output }),
} as const

/**
 * A treasury stakes VVV for agents, each exactly once: one approve for all missing VVV, then one stake for each agent,
 * many in flight, in nonce order.
 *
 * Pure: no I/O, clock, randomness or environment. Effects are the actors of `SponsoringEffects`; provide them with
 * `sponsoringMachine.provide({ actors })`, or let the driver run them.
 */
export const sponsoringMachine = sponsoringSetup.createMachine({
  id: 'sponsoring',
  description: 'A treasury stakes VVV for its agents.',
  context: ({ input }) => select.initialContext(input),
  output: ({ context: { record, failure } }) => ({ outcome: failure === null ? 'done' : 'failed', record, failure }),
  initial: 'survey',
  states: {
    survey: {
      description: 'Read the treasury and the agents that were not seen with their stake, and decide what is left.',
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
            input: ({ context }) => select.pollRequest(context),
            onDone: [
              {
                guard: { type: 'isCovered', params: ({ event }) => ({ walletState: event.output }) },
                target: '#sponsoring.done',
                actions: ['noteProgress', recordWalletState],
              },
              { target: '#sponsoring.sign', actions: ['noteProgress', recordWalletState] },
            ],
            onError: [
              { guard: 'mayAwaitFunds', target: 'awaitFunds', actions: 'scheduleFundsCheck' },
              retryLater,
              ...replanOrFail,
            ],
          },
        },
        awaitFunds: awaitFunds('read', 'The treasury lacks ETH or VVV; look again after a while.'),
        wait: wait('read', 'The RPC failed for the moment; back off.'),
      },
    },

    sign: {
      description: 'Check counterparties, budget and plan, then sign what was drafted. Nothing is sent.',
      initial: 'prepare',
      states: {
        prepare: sign(
          'The approve for all that is missing, and as many stakes as may be in flight.',
          select.signingRequest,
          '#sponsoring.broadcast',
        ),
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
        send: send('The recorded bytes, however often.', (context: SponsoringContext) => ({
          attempts: openToSend(context),
          isNew: true,
        })),
        wait: wait('send', 'The RPC failed for the moment; back off.'),
      },
    },

    awaitConfirmation: {
      description: 'Watch the transactions until the sVVV of each agent proves its stake.',
      initial: 'watch',
      states: confirmation(
        {
          watch: (context: SponsoringContext) => ({
            address: context.request.address,
            attempts: select.watchedAttempts(context),
          }),
          rebroadcast: (context) => ({
            attempts: select.unsentAttempts(context),
            isNew: context.walletState === null,
          }),
          replace: select.replacementRequest,
        },
        [],
      ),
    },

    done: { type: 'final', description: 'Each agent was seen with the sVVV it shall hold.' },
    failed: { type: 'final', description: 'Stopped, for the reason in context; the next run starts from the record.' },
  },
})

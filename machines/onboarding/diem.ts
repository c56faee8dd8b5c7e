import { onboardingSetup } from './setup.ts'
import * as transactions from './transactions.ts'
import { giveUp, otherwise, prepare, wait, watchUnderpriced } from './ways.ts'

/**
 * Stakes the DIEM that was asked for: the sVVV that is missing first, then the lock, then the stake, one after the other,
 * each decided by what the chain shows. `awaitConfirmation` watches them, and leads back here by `fundingCheck`.
 */
export const mintDiem = onboardingSetup.createStateConfig({
  description: 'Lock sVVV for DIEM, and stake the DIEM, until as much is staked as was asked for.',
  meta: {
    stage: 'fundingCheck',
    irreversible:
      'sVVV stays locked until its DIEM is burned; unstaking DIEM takes the cooldown of its token (a day), and sVVV 7 days more.',
  },
  initial: 'choose',
  states: {
    choose: {
      description: 'A transaction that is signed and recorded is sent again, never signed again.',
      always: [{ guard: 'hasOpenAttempts', target: 'broadcast' }, { target: 'draft' }],
    },
    draft: {
      description: 'Read DIEM, locked and unlocked sVVV and the price, and draft what comes next.',
      meta: { awaits: 'rpc' },
      invoke: {
        src: 'draftDiem',
        id: 'draftDiem',
        input: ({ context }) => ({ request: context.request, attempts: context.record.attempts }),
        onDone: [
          {
            guard: { type: 'hasDrafts', params: ({ event }) => ({ position: event.output }) },
            target: 'prepare',
            actions: ['noteProgress', { type: 'recordPosition', params: ({ event }) => ({ position: event.output }) }],
          },
          {
            target: '#onboarding.fundingCheck',
            actions: [
              'noteProgress',
              { type: 'noteDiemStaked', params: ({ event }) => ({ position: event.output }) },
              { type: 'recordPosition', params: ({ event }) => ({ position: event.output }) },
            ],
          },
        ],
        onError: [
          { guard: 'mayAwaitFunds', target: 'awaitFunds', actions: 'scheduleFundsCheck' },
          { guard: 'isTransient', target: 'wait', actions: 'scheduleRetry' },
          ...giveUp,
        ],
      },
    },
    prepare,
    broadcast: {
      description: 'Hand what is recorded to the network.',
      meta: { awaits: 'rpc' },
      invoke: {
        src: 'broadcast',
        id: 'broadcast',
        input: ({ context }) => ({ attempts: transactions.openToSend(context) }),
        onDone: {
          target: '#onboarding.awaitConfirmation',
          actions: ['noteProgress', { type: 'recordBroadcast', params: ({ event }) => event.output }],
        },
        onError: [watchUnderpriced, ...otherwise],
      },
    },
    awaitFunds: {
      ...wait('draft', 'The wallet lacks ETH or VVV for it; look again after a while.'),
      meta: { awaits: 'funds' },
    },
    wait: wait('choose', 'The RPC failed for the moment; back off.'),
  },
})

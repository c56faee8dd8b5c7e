import { openToSend } from '../transactions.ts'
import type { OnboardingContext } from './context.ts'
import { onboardingSetup } from './setup.ts'
import { awaitFunds, prepare, recordWalletState, replanOrFail, resend, retryLater, send, wait } from './transitions.ts'

/**
 * Stakes the requested DIEM: first the missing sVVV, then the lock, then the stake of DIEM, each decided by what the
 * chain shows. `awaitConfirmation` watches them, and leads back here through `fundingCheck`.
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
    choose: resend('hasOpenAttempts', 'draft'),
    draft: {
      description: 'Read DIEM, locked and unlocked sVVV and the price, and draft what comes next.',
      meta: { awaits: 'rpc' },
      invoke: {
        src: 'draftDiem',
        id: 'draftDiem',
        input: ({ context }) => ({ request: context.request, attempts: context.record.attempts }),
        onDone: [
          {
            guard: { type: 'hasDrafts', params: ({ event }) => ({ walletState: event.output }) },
            target: 'prepare',
            // No progress yet: a failed signature leads back to a new draft, and its retries must add up.
            actions: ['forgetFailure', recordWalletState],
          },
          {
            target: '#onboarding.fundingCheck',
            actions: [
              'noteProgress',
              { type: 'noteDiemStaked', params: ({ event }) => ({ walletState: event.output }) },
              recordWalletState,
            ],
          },
        ],
        onError: [
          { guard: 'mayAwaitFunds', target: 'awaitFunds', actions: 'scheduleFundsCheck' },
          retryLater,
          ...replanOrFail,
        ],
      },
    },
    prepare,
    broadcast: send('Hand what is recorded to the network.', (context: OnboardingContext) => ({
      attempts: openToSend(context),
    })),
    awaitFunds: awaitFunds('draft', 'The wallet lacks ETH or VVV for it; look again after a while.'),
    wait: wait('choose', 'The RPC failed for the moment; back off.'),
  },
})

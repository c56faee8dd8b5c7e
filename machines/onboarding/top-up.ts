import * as payments from './payments.ts'
import { onboardingSetup } from './setup.ts'
import { awaitFunds, counting, replanOrFail, retryLater, wait } from './transitions.ts'

const recordPayment = {
  type: 'recordPayment',
  params: <Output>({ event }: { event: { output: Output } }) => event.output,
} as const
const recordCredit = { ...recordPayment, type: 'recordCredit' } as const

/**
 * Buys credit for the wallet with USDC (x402). A payment is recorded before it is signed. In any doubt the chain tells
 * whether USDC moved, and a payment is replaced only after its time is over. At most one is settled in a pass.
 */
export const topUp = onboardingSetup.createStateConfig({
  description: 'Pay Venice in USDC for credit of the wallet, once.',
  meta: { stage: 'fundingCheck', irreversible: 'USDC that was paid for credit does not come back.' },
  initial: 'choose',
  states: {
    choose: {
      description:
        'A payment that is recorded, and may have been posted, or whose credit was not seen or proven yet, comes before any other.',
      always: [
        { guard: 'hasOpenPayment', target: 'find' },
        { guard: 'isCreditPaid', target: 'ask' },
        { guard: 'wantsCredit', target: 'offer' },
        { target: 'ask' },
      ],
    },
    offer: {
      description: 'Read the credit and what Venice asks for; check it; draw up a payment of what is missing.',
      meta: { awaits: 'venice' },
      invoke: {
        src: 'offerPayment',
        id: 'offerPayment',
        input: ({ context }) => payments.offerRequest(context),
        onDone: [
          {
            guard: { type: 'isPaymentDue', params: ({ event }) => event.output },
            target: 'post',
            actions: ['forgetFailure', recordPayment],
          },
          { target: 'ask', actions: 'noteProgress' },
        ],
        onError: [
          { guard: 'mayAwaitFunds', target: 'awaitFunds', actions: 'scheduleFundsCheck' },
          retryLater,
          ...replanOrFail,
        ],
      },
    },
    awaitFunds: awaitFunds('choose', 'The wallet lacks USDC; look again after a while.'),
    post: {
      description: 'Sign the recorded payment and post it.',
      meta: { awaits: 'venice' },
      invoke: {
        src: 'postPayment',
        id: 'postPayment',
        input: ({ context }) => payments.openPaymentRequest(context),
        // The answer is no proof, and no progress: the retries of a payment that never settles must add up.
        onDone: {
          target: 'find',
          actions: ['forgetFailure', recordPayment],
        },
        onError: [
          retryLater,
          { guard: 'isRefusedHere', target: '#onboarding.failed', actions: 'noteFailure' },
          { target: 'find', actions: 'noteFailure' },
        ],
      },
    },
    find: {
      description: 'Ask the chain whether USDC has taken the payment, or ever can.',
      meta: { awaits: 'rpc' },
      invoke: {
        src: 'findPayment',
        id: 'findPayment',
        input: ({ context }) => payments.openPaymentRequest(context),
        onDone: [
          {
            guard: { type: 'isSettled', params: ({ event }) => event.output },
            target: 'ask',
            actions: ['noteProgress', recordPayment],
          },
          {
            guard: { type: 'mayPayAnew', params: ({ event }) => event.output },
            target: 'offer',
            actions: ['forgetFailure', recordPayment, counting('payments')],
          },
          {
            guard: { type: 'isRefusedForGood', params: ({ event }) => event.output },
            target: '#onboarding.failed',
            actions: [recordPayment, 'notePaymentRefused'],
          },
          // The wait before was counted as a retry; this is what it waited for.
          { guard: 'hasWaited', target: 'post', actions: ['forgetFailure', recordPayment] },
          // A server that says it was paid, but never takes the money, must not be trusted for ever.
          {
            guard: 'mayPostAgain',
            target: 'post',
            actions: ['forgetFailure', recordPayment, counting('retries')],
          },
          { target: '#onboarding.failed', actions: 'notePaymentRefused' },
        ],
        onError: [retryLater, ...replanOrFail],
      },
    },
    ask: {
      description: 'Ask Venice what credit the wallet has.',
      meta: { awaits: 'venice' },
      invoke: {
        src: 'checkCredit',
        id: 'checkCredit',
        input: ({ context }) => ({ address: context.request.address }),
        onDone: [
          {
            guard: { type: 'mayProveCredit', params: ({ event }) => event.output },
            target: 'prove',
            actions: ['noteProgress', recordCredit],
          },
          {
            guard: { type: 'hasCredit', params: ({ event }) => event.output },
            target: '#onboarding.funded',
            actions: ['noteProgress', recordCredit],
          },
          {
            guard: 'mayPollForCredit',
            target: 'askLater',
            actions: [recordCredit, 'scheduleCreditPoll'],
          },
          {
            target: '#onboarding.unfunded',
            actions: ['noteProgress', recordCredit],
          },
        ],
        onError: [
          { guard: 'isTransient', target: 'askLater', actions: 'scheduleRetry' },
          { guard: 'paysAsWallet', target: '#onboarding.failed', actions: 'noteFailure' },
          { target: '#onboarding.unfunded', actions: 'forgetFailure' },
        ],
      },
    },
    prove: {
      description: 'Make one smallest paid call that the wallet signs in for.',
      meta: { awaits: 'venice' },
      invoke: {
        src: 'proveCredit',
        id: 'proveCredit',
        input: ({ context }) => payments.creditProofRequest(context),
        onDone: {
          target: '#onboarding.funded',
          actions: ['noteProgress', { type: 'recordCreditProof', params: ({ event }) => event.output }],
        },
        onError: [
          { guard: 'mayProveAgain', target: 'proveLater', actions: 'scheduleProof' },
          { guard: 'isRefusedHere', target: '#onboarding.failed', actions: 'noteFailure' },
          { target: '#onboarding.unfunded', actions: 'recordCreditRefused' },
        ],
      },
    },
    askLater: wait('ask', 'The credit does not show yet, or Venice failed for the moment; look again.'),
    proveLater: wait('prove', 'The paid call got no answer, and may have cost what it costs; back off.'),
    wait: wait('choose', 'The other side failed for the moment; back off.'),
  },
})

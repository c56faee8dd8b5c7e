import { minterIn } from '../../src/domain/request.ts'
import { initialContext, type OnboardingContext } from './context.ts'
import { mintDiem } from './diem.ts'
import { proofRequest } from './funding.ts'
import * as select from './select.ts'
import { onboardingSetup } from './setup.ts'
import { topUp } from './top-up.ts'
import * as transactions from './transactions.ts'
import {
  awaitFunds,
  confirmation,
  counting,
  failedWith,
  fetchNewChallenge,
  prepare,
  recordBroadcast,
  recordFunding,
  recordKey,
  recordWalletState,
  replanOrFail,
  resend,
  retryLater,
  retryReplanOrFail,
  send,
  wait,
} from './transitions.ts'
import { MACHINE_ID } from './version.ts'
import { isPaidFor } from './wallet-credential.ts'

/**
 * From a wallet with VVV on Base to a Venice API key, of which it is known whether it can pay.
 *
 * Pure: no I/O, clock, randomness or environment. Effects are the actors of `EffectContract`; provide them with
 * `onboardingMachine.provide({ actors })`, or let the driver run them.
 */
export const onboardingMachine = onboardingSetup.createMachine({
  id: MACHINE_ID,
  description: 'From a wallet on Base to a Venice API key, or to credit that the wallet itself can spend.',
  context: ({ input }) => initialContext(input),
  output: ({ context: { request, record, failure } }) => ({
    outcome: failure !== null ? 'failed' : isPaidFor(request, record) ? 'funded' : 'unfunded',
    record,
    failure,
  }),
  initial: 'checkBalance',
  states: {
    checkBalance: {
      description: 'Look at the wallet and the staking contract, and decide what is still to be done.',
      meta: { stage: 'checkBalance' },
      initial: 'choose',
      states: {
        choose: {
          description: 'What an earlier pass began comes first.',
          always: [
            { guard: 'paysAsWallet', target: '#onboarding.topUp', actions: 'skipKey' },
            { guard: 'hasUnsentAttempts', target: '#onboarding.awaitConfirmation.rebroadcast' },
            { guard: 'hasOpenAttempts', target: '#onboarding.awaitConfirmation' },
            { guard: 'hasKey', target: '#onboarding.fundingCheck' },
            { guard: 'hasUnprovenStake', target: '#onboarding.awaitConfirmation', actions: 'skipOwnStake' },
            { target: 'read' },
          ],
        },
        read: {
          description: 'Read ETH, VVV, sVVV, allowance, nonce, fees and the contract’s form in one go.',
          meta: { awaits: 'rpc' },
          invoke: {
            src: 'readWalletState',
            id: 'readWalletState',
            input: ({ context }) => ({ request: context.request, attempts: context.record.attempts }),
            onDone: [
              {
                guard: {
                  type: 'isStaked',
                  params: ({ context, event }) => ({
                    walletState: event.output,
                    stakeAmount: context.request.stakeAmount,
                  }),
                },
                target: '#onboarding.fetchToken',
                actions: [
                  'noteProgress',
                  recordWalletState,
                  { type: 'skipStaking', params: ({ event }) => ({ walletState: event.output }) },
                ],
              },
              {
                guard: { type: 'needsApproval', params: ({ event }) => ({ walletState: event.output }) },
                target: '#onboarding.approve',
                actions: ['noteProgress', recordWalletState],
              },
              {
                target: '#onboarding.stake',
                actions: [
                  'noteProgress',
                  recordWalletState,
                  { type: 'skipApproval', params: ({ event }) => ({ walletState: event.output }) },
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
        awaitFunds: awaitFunds('read', 'The wallet lacks ETH or VVV; look again after a while.'),
        wait: wait('read', 'The RPC failed for the moment; back off.'),
      },
    },

    approve: {
      description: 'Let the staking contract pull exactly the VVV to be staked.',
      meta: { stage: 'approve', irreversible: 'Sets an allowance, which another transaction can set back to 0.' },
      initial: 'choose',
      states: {
        choose: resend('hasOpenApprove', 'prepare'),
        prepare,
        broadcast: send(
          'Hand the recorded approve to the network.',
          (context: OnboardingContext) => ({ attempts: transactions.openAttemptsFor(context, 'approve') }),
          { guard: 'hasOpenStake', target: '#onboarding.stake', actions: ['noteProgress', recordBroadcast] },
        ),
        wait: wait('choose', 'The RPC failed for the moment; back off.'),
      },
    },

    stake: {
      description: 'Stake VVV for the wallet itself; it then holds sVVV.',
      meta: {
        stage: 'stake',
        irreversible: 'sVVV cannot be transferred; unstaking takes the cooldown of the contract (7 days).',
      },
      initial: 'choose',
      states: {
        choose: resend('hasOpenStake', 'prepare'),
        prepare,
        broadcast: send('Hand the recorded stake to the network.', (context: OnboardingContext) => ({
          attempts: transactions.openAttemptsFor(context, 'stake'),
        })),
        wait: wait('choose', 'The RPC failed for the moment; back off.'),
      },
    },

    awaitConfirmation: {
      description: 'Watch the transactions until the chain’s state proves what they were to do.',
      meta: { stage: 'awaitConfirmation' },
      initial: 'watch',
      states: confirmation(
        {
          watch: (context: OnboardingContext) => ({
            address: context.request.address,
            attempts: transactions.watchedAttempts(context),
          }),
          rebroadcast: (context) => ({ attempts: transactions.unsentAttempts(context) }),
          replace: ({ request, record }) => ({ address: request.address, attempts: record.attempts }),
        },
        [
          { guard: 'hasKey', target: '#onboarding.fundingCheck' },
          { guard: 'isStakeProven', target: '#onboarding.fetchToken' },
        ],
      ),
    },

    fetchToken: {
      description:
        'Get something to sign from Venice: a token that lives 15 minutes, or a message bound to the wallet.',
      meta: { stage: 'fetchToken' },
      initial: 'fetch',
      states: {
        fetch: {
          description: 'Fetch it into memory; it is never written down.',
          meta: { awaits: 'venice' },
          invoke: {
            src: 'fetchChallenge',
            id: 'fetchChallenge',
            input: ({ context }) => ({ address: minterIn(context.request) }),
            onDone: {
              target: '#onboarding.sign',
              actions: [
                'noteProgress',
                { type: 'recordChallenge', params: ({ event }) => ({ challenge: event.output }) },
              ],
            },
            onError: retryReplanOrFail,
          },
        },
        wait: wait('fetch', 'Venice failed for the moment; back off.'),
      },
    },

    sign: {
      description: 'Sign exactly what Venice sent, with the staking wallet, and check the signature here.',
      meta: { stage: 'sign', awaits: 'signer' },
      initial: 'sign',
      states: {
        sign: {
          description: 'personal_sign over the challenge in memory.',
          meta: { awaits: 'signer' },
          invoke: {
            src: 'signChallenge',
            id: 'signChallenge',
            input: ({ context }) => ({ address: minterIn(context.request) }),
            // No progress yet: a mint with a passing failure comes here again, and its retries must add up.
            onDone: { target: '#onboarding.mint', actions: 'forgetFailure' },
            // Nothing was posted here, so this says nothing about a post of an earlier pass.
            onError: [fetchNewChallenge, ...retryReplanOrFail],
          },
        },
        wait: wait('sign', 'The signer failed for the moment; back off.'),
      },
    },

    mint: {
      description: 'Exchange the signature for an API key, and put the key into its sink before going on.',
      meta: { stage: 'mint', irreversible: 'Venice shows the key once; a key that was minted can only be revoked.' },
      initial: 'choose',
      states: {
        choose: {
          description: 'A mint without a recorded answer is looked for before another is posted.',
          always: [{ guard: 'hasUnresolvedMint', target: 'recover' }, { target: 'open' }],
        },
        open: {
          description: 'Make sure that the sink takes a key, and record the label of the one to be.',
          meta: { awaits: 'disk' },
          invoke: {
            src: 'openSink',
            id: 'openSink',
            input: ({ context }) => ({ key: context.request.key }),
            onDone: {
              target: 'post',
              actions: ['forgetFailure', { type: 'recordIntent', params: ({ event }) => event.output }],
            },
            onError: retryReplanOrFail,
          },
        },
        post: {
          description: 'Post address, signature and challenge; store the key that comes back.',
          meta: { awaits: 'venice' },
          invoke: {
            src: 'mintKey',
            id: 'mintKey',
            input: ({ context }) => select.mintRequest(context),
            onDone: {
              target: '#onboarding.fundingCheck',
              actions: ['noteProgress', recordKey],
            },
            onError: [
              { guard: failedWith('challenge/lost'), target: 'recover', actions: 'noteFailure' },
              { ...fetchNewChallenge, actions: ['recordRefusal', ...fetchNewChallenge.actions] },
              {
                guard: 'maySignAgain',
                target: '#onboarding.sign',
                actions: ['recordRefusal', 'noteFailure', counting('resigns')],
              },
              { guard: 'mayRepost', target: 'settle', actions: ['recordDoubt', 'scheduleRetry'] },
              { guard: 'mayAwaitLag', target: 'wait', actions: ['recordRefusal', 'scheduleLagCheck'] },
              { guard: 'lagIsSpent', target: '#onboarding.failed', actions: ['recordRefusal', 'noteStakeNotSeen'] },
              {
                guard: 'mayStake',
                target: '#onboarding.checkBalance',
                actions: ['recordRefusal', 'noteFailure', counting('replans')],
              },
              { guard: failedWith('sink/write-failed'), target: 'store', actions: 'noteFailure' },
              { guard: 'isMintInDoubt', target: 'recover', actions: ['recordDoubt', 'noteFailure'] },
              { guard: 'isTransient', target: 'wait', actions: ['recordRefusal', 'scheduleRetry'] },
              { target: '#onboarding.failed', actions: ['recordRefusal', 'noteFailure'] },
            ],
          },
        },
        wait: wait(
          '#onboarding.sign',
          'Venice failed for the moment, or does not see the stake yet: the same challenge again.',
        ),
        settle: wait('post', 'The answer was lost. A bound challenge mints once, so posting it again finds out.'),
        recover: {
          description: 'Look for a key whose answer is not recorded, in memory and in the sink.',
          meta: { awaits: 'disk' },
          invoke: {
            src: 'recoverKey',
            id: 'recoverKey',
            input: ({ context }) => select.mintRequest(context),
            onDone: [
              {
                guard: { type: 'wasFound', params: ({ event }) => event.output },
                target: '#onboarding.fundingCheck',
                actions: ['noteProgress', { type: 'recordKey', params: ({ event }) => event.output }],
              },
              { guard: 'mintsAreSpent', target: '#onboarding.failed', actions: ['noteMintsSpent', 'recordLostMint'] },
              { target: '#onboarding.fetchToken', actions: ['recordLostMint', 'noteProgress'] },
            ],
            onError: { target: '#onboarding.failed', actions: 'noteFailure' },
          },
        },
        store: {
          description: 'The key is in memory and its sink failed: try again, and the other sinks in order.',
          meta: { awaits: 'disk', holdsKey: true },
          invoke: {
            src: 'storeKey',
            id: 'storeKey',
            input: ({ context }) => select.mintRequest(context),
            onDone: {
              target: '#onboarding.fundingCheck',
              actions: ['noteProgress', recordKey],
            },
            onError: [
              { guard: failedWith('sink/write-failed', 'retries'), target: 'storeLater', actions: 'scheduleRetry' },
              { guard: failedWith('challenge/lost'), target: 'recover', actions: 'noteFailure' },
              { target: '#onboarding.failed', actions: ['recordLostMint', 'noteFailure'] },
            ],
          },
        },
        storeLater: {
          ...wait('store', 'No sink takes the key yet; it stays in memory.'),
          meta: { awaits: 'clock', holdsKey: true },
        },
      },
    },

    fundingCheck: {
      description: 'Ask Venice, with the new key, whether it can pay.',
      meta: { stage: 'fundingCheck' },
      initial: 'ask',
      states: {
        ask: {
          description: 'GET rate_limits: admitted or not, balances, next epoch.',
          meta: { awaits: 'venice' },
          invoke: {
            src: 'checkFunding',
            id: 'checkFunding',
            input: ({ context }) => select.fundingRequest(context),
            onDone: { target: 'judge', actions: ['noteProgress', recordFunding] },
            onError: [retryLater, { target: 'judge', actions: 'recordFundingUnknown' }],
          },
        },
        judge: {
          description: 'Decide by what Venice showed of the key, or that it could not be asked.',
          always: [
            { guard: 'wantsDiem', target: '#onboarding.mintDiem', actions: 'forgetFailure' },
            { guard: 'wantsCredit', target: '#onboarding.topUp', actions: 'forgetFailure' },
            { guard: 'mayProve', target: 'prove' },
            { guard: 'isSpendable', target: '#onboarding.funded' },
            { guard: 'mayAwaitCredit', target: 'awaitCredit', actions: ['forgetFailure', 'scheduleCreditCheck'] },
            { target: '#onboarding.unfunded', actions: 'forgetFailure' },
          ],
        },
        prove: {
          description: 'Make one smallest paid call with the key. It is made again only where its answer is missing.',
          meta: { awaits: 'venice' },
          invoke: {
            src: 'proveFunding',
            id: 'proveFunding',
            input: ({ context }) => proofRequest(context),
            onDone: {
              target: '#onboarding.funded',
              actions: ['noteProgress', { type: 'recordProof', params: ({ event }) => event.output }],
            },
            onError: [
              { guard: 'mayProveAgain', target: 'proveLater', actions: 'scheduleProof' },
              {
                guard: 'mayAwaitPayment',
                target: 'awaitCredit',
                actions: ['recordPaymentRefused', 'scheduleCreditCheck'],
              },
              { guard: 'isPaymentRefused', target: '#onboarding.unfunded', actions: 'recordPaymentRefused' },
              { guard: 'isRefusedHere', target: '#onboarding.failed', actions: 'noteFailure' },
              { target: '#onboarding.unfunded', actions: 'recordUnproven' },
            ],
          },
        },
        proveLater: wait('prove', 'The paid call got no answer, and may have cost what it costs; back off.'),
        awaitCredit: awaitFunds(
          'ask',
          'The key cannot spend yet, and money may still come: ask again later, or when an epoch begins.',
        ),
        wait: wait('ask', 'Venice failed for the moment; back off.'),
      },
    },

    mintDiem,
    topUp,

    funded: {
      type: 'final',
      description: 'The key is minted and stored, or none is needed; the key, or the wallet where asked for, can pay.',
    },
    unfunded: { type: 'final', description: 'The key is minted and stored; it cannot spend yet, or nobody could say.' },
    failed: { type: 'final', description: 'Stopped, for the reason in context; the next run starts from the record.' },
  },
})

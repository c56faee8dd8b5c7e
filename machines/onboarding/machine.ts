import { canPay } from '../../src/domain/funding.ts'
import { initialContext } from './context.ts'
import { mintDiem } from './diem.ts'
import { proofRequest } from './funding.ts'
import * as select from './select.ts'
import { onboardingSetup } from './setup.ts'
import { topUp } from './top-up.ts'
import * as transactions from './transactions.ts'
import {
  counting,
  failedWith,
  giveUp,
  otherwise,
  prepare,
  refresh,
  refreshUnposted,
  retry,
  unblock,
  wait,
  watchUnderpriced,
} from './ways.ts'

/** Rises with every change that an older record must know of; see `driver/envelope`. */
export const MACHINE_VERSION = 3

/**
 * From a wallet with VVV on Base to a Venice API key that is known to be able, or unable, to pay.
 *
 * Pure: no I/O, clock, randomness or environment. Effects are the actors of `EffectContract`; provide them with
 * `onboardingMachine.provide({ actors })`, or let the driver run them.
 */
export const onboardingMachine = onboardingSetup.createMachine({
  id: 'onboarding',
  description: 'From a wallet with VVV on Base to a Venice API key.',
  context: ({ input }) => initialContext(input),
  output: ({ context: { record, failure } }) => ({
    outcome: failure !== null ? 'failed' : record.funding !== null && canPay(record.funding) ? 'funded' : 'unfunded',
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
            src: 'readPosition',
            id: 'readPosition',
            input: ({ context }) => ({ request: context.request, attempts: context.record.attempts }),
            onDone: [
              {
                guard: {
                  type: 'isStaked',
                  params: ({ context, event }) => ({
                    position: event.output,
                    stakeAmount: context.request.stakeAmount,
                  }),
                },
                target: '#onboarding.fetchToken',
                actions: [
                  'noteProgress',
                  { type: 'recordPosition', params: ({ event }) => ({ position: event.output }) },
                  { type: 'skipStaking', params: ({ event }) => ({ position: event.output }) },
                ],
              },
              {
                guard: { type: 'needsApproval', params: ({ event }) => ({ position: event.output }) },
                target: '#onboarding.approve',
                actions: [
                  'noteProgress',
                  { type: 'recordPosition', params: ({ event }) => ({ position: event.output }) },
                ],
              },
              {
                target: '#onboarding.stake',
                actions: [
                  'noteProgress',
                  { type: 'recordPosition', params: ({ event }) => ({ position: event.output }) },
                  { type: 'skipApproval', params: ({ event }) => ({ position: event.output }) },
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
          ...wait('read', 'The wallet lacks ETH or VVV; look again after a while.'),
          meta: { awaits: 'funds' },
        },
        wait: wait('read', 'The RPC failed for the moment; back off.'),
      },
    },

    approve: {
      description: 'Let the staking contract pull exactly the VVV to be staked.',
      meta: { stage: 'approve', irreversible: 'Sets an allowance; `venice-onboard revoke-allowance` takes it back.' },
      initial: 'choose',
      states: {
        choose: {
          description: 'A transaction that is signed and recorded is sent again, never signed again.',
          always: [{ guard: 'hasOpenApprove', target: 'broadcast' }, { target: 'prepare' }],
        },
        prepare,
        broadcast: {
          description: 'Hand the recorded approve to the network.',
          meta: { awaits: 'rpc' },
          invoke: {
            src: 'broadcast',
            id: 'broadcast',
            input: ({ context }) => ({ attempts: transactions.openAttemptsFor(context, 'approve') }),
            onDone: [
              {
                guard: 'hasOpenStake',
                target: '#onboarding.stake',
                actions: ['noteProgress', { type: 'recordBroadcast', params: ({ event }) => event.output }],
              },
              {
                target: '#onboarding.awaitConfirmation',
                actions: ['noteProgress', { type: 'recordBroadcast', params: ({ event }) => event.output }],
              },
            ],
            onError: [watchUnderpriced, ...otherwise],
          },
        },
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
        choose: {
          description: 'A transaction that is signed and recorded is sent again, never signed again.',
          always: [{ guard: 'hasOpenStake', target: 'broadcast' }, { target: 'prepare' }],
        },
        prepare,
        broadcast: {
          description: 'Hand the recorded stake to the network.',
          meta: { awaits: 'rpc' },
          invoke: {
            src: 'broadcast',
            id: 'broadcast',
            input: ({ context }) => ({ attempts: transactions.openAttemptsFor(context, 'stake') }),
            onDone: {
              target: '#onboarding.awaitConfirmation',
              actions: ['noteProgress', { type: 'recordBroadcast', params: ({ event }) => event.output }],
            },
            onError: [watchUnderpriced, ...otherwise],
          },
        },
        wait: wait('choose', 'The RPC failed for the moment; back off.'),
      },
    },

    awaitConfirmation: {
      description: 'Watch the transactions until the chain’s state proves what they were to do.',
      meta: { stage: 'awaitConfirmation' },
      initial: 'watch',
      states: {
        watch: {
          description: 'Look once a block, until something about a transaction is decided.',
          meta: { awaits: 'block' },
          invoke: {
            src: 'watchTransactions',
            id: 'watchTransactions',
            input: ({ context }) => ({
              address: context.request.address,
              attempts: transactions.watchedAttempts(context),
            }),
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
            { guard: 'mayReplan', target: '#onboarding.checkBalance', actions: counting('replans') },
            { guard: 'mayRebroadcast', target: 'rebroadcast', actions: counting('rebroadcasts') },
            { guard: 'hasProblem', target: '#onboarding.failed' },
            { guard: 'hasKey', target: '#onboarding.fundingCheck' },
            { guard: 'isStakeProven', target: '#onboarding.fetchToken' },
            { guard: 'hasOpenAttempts', target: 'watch' },
            { guard: 'mayLookAgain', target: '#onboarding.checkBalance', actions: counting('replans') },
            { target: '#onboarding.failed', actions: 'noteNotStaked' },
          ],
        },
        rebroadcast: {
          description: 'Hand out what is recorded and no node knows: the same bytes again, or what replaces them.',
          meta: { awaits: 'rpc' },
          invoke: {
            src: 'broadcast',
            id: 'broadcast',
            input: ({ context }) => ({ attempts: transactions.unsentAttempts(context) }),
            onDone: {
              target: 'watch',
              actions: ['noteProgress', { type: 'recordBroadcast', params: ({ event }) => event.output }],
            },
            onError: [
              { guard: failedWith('chain/nonce-used'), target: 'watch' },
              { guard: failedWith('chain/nonce-contested'), target: 'watch' },
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
            input: ({ context }) => ({ address: context.request.address, attempts: context.record.attempts }),
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
            input: ({ context }) => ({ address: context.request.address }),
            onDone: {
              target: '#onboarding.sign',
              actions: [
                'noteProgress',
                { type: 'recordChallenge', params: ({ event }) => ({ challenge: event.output }) },
              ],
            },
            onError: [...otherwise],
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
            input: ({ context }) => ({ address: context.request.address }),
            // No progress yet: a mint that fails for the moment comes through here again, and its retries must add up.
            onDone: { target: '#onboarding.mint', actions: 'forgetFailure' },
            onError: [refreshUnposted('challenge/lost'), refreshUnposted('challenge/stale'), ...otherwise],
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
            onError: [...otherwise],
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
              actions: ['noteProgress', { type: 'recordKey', params: ({ event }) => ({ key: event.output }) }],
            },
            onError: [
              {
                guard: failedWith('venice/invalid-address'),
                target: '#onboarding.failed',
                actions: ['recordRefusal', 'noteFailure'],
              },
              refresh('venice/token-expired'),
              refresh('venice/token-signature-invalid'),
              refresh('venice/token-claims-invalid'),
              refresh('venice/token-malformed'),
              {
                guard: failedWith('venice/wallet-signature-mismatch', 'resigns'),
                target: '#onboarding.sign',
                actions: ['recordRefusal', 'noteFailure', counting('resigns')],
              },
              { guard: 'mayRepost', target: 'settle', actions: ['recordDoubt', 'scheduleRetry'] },
              {
                guard: failedWith('venice/signature-not-verified', 'retries'),
                target: 'wait',
                actions: ['recordRefusal', 'scheduleRetry'],
              },
              { guard: 'mayAwaitLag', target: 'wait', actions: ['recordRefusal', 'scheduleLagCheck'] },
              { guard: 'lagIsSpent', target: '#onboarding.failed', actions: ['recordRefusal', 'noteStakeNotSeen'] },
              {
                guard: failedWith('venice/no-staked-vvv', 'replans'),
                target: '#onboarding.checkBalance',
                actions: ['recordRefusal', 'noteFailure', counting('replans')],
              },
              refresh('venice/challenge-expired'),
              refresh('venice/challenge-used'),
              refresh('venice/challenge-other-wallet'),
              refresh('venice/challenge-not-valid'),
              refresh('venice/challenge-statement-modified'),
              refresh('venice/challenge-domain'),
              refresh('challenge/stale'),
              { guard: failedWith('challenge/lost'), target: 'recover', actions: 'noteFailure' },
              {
                guard: failedWith('venice/mint-outcome-unknown'),
                target: 'recover',
                actions: ['recordDoubt', 'noteFailure'],
              },
              { guard: failedWith('sink/write-failed'), target: 'store', actions: 'noteFailure' },
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
          meta: { awaits: 'disk' },
          invoke: {
            src: 'storeKey',
            id: 'storeKey',
            input: ({ context }) => select.mintRequest(context),
            onDone: {
              target: '#onboarding.fundingCheck',
              actions: ['noteProgress', { type: 'recordKey', params: ({ event }) => ({ key: event.output }) }],
            },
            onError: [
              { guard: failedWith('sink/write-failed', 'retries'), target: 'storeLater', actions: 'scheduleRetry' },
              { guard: failedWith('challenge/lost'), target: 'recover', actions: 'noteFailure' },
              { target: '#onboarding.failed', actions: ['recordLostMint', 'noteFailure'] },
            ],
          },
        },
        storeLater: wait('store', 'No sink takes the key yet; it stays in memory.'),
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
            onDone: [
              {
                guard: 'wantsDiem',
                target: '#onboarding.mintDiem',
                // No progress yet: what fails for the moment there comes through here again, and its retries must add up.
                actions: [
                  'forgetFailure',
                  { type: 'recordFunding', params: ({ event }) => ({ funding: event.output }) },
                ],
              },
              {
                guard: 'wantsCredit',
                target: '#onboarding.topUp',
                actions: [
                  'noteProgress',
                  { type: 'recordFunding', params: ({ event }) => ({ funding: event.output }) },
                ],
              },
              {
                guard: { type: 'mayProve', params: ({ event }) => ({ funding: event.output }) },
                target: 'prove',
                actions: [
                  'noteProgress',
                  { type: 'recordFunding', params: ({ event }) => ({ funding: event.output }) },
                ],
              },
              {
                guard: { type: 'isSpendable', params: ({ event }) => ({ funding: event.output }) },
                target: '#onboarding.funded',
                actions: [
                  'noteProgress',
                  { type: 'recordFunding', params: ({ event }) => ({ funding: event.output }) },
                ],
              },
              {
                guard: { type: 'mayAwaitCredit', params: ({ event }) => ({ funding: event.output }) },
                target: 'awaitCredit',
                actions: [
                  'noteProgress',
                  { type: 'recordFunding', params: ({ event }) => ({ funding: event.output }) },
                  'scheduleCreditCheck',
                ],
              },
              {
                target: '#onboarding.unfunded',
                actions: [
                  'noteProgress',
                  { type: 'recordFunding', params: ({ event }) => ({ funding: event.output }) },
                ],
              },
            ],
            onError: [
              { guard: 'isTransient', target: 'wait', actions: 'scheduleRetry' },
              { guard: 'wantsDiem', target: '#onboarding.mintDiem', actions: 'recordFundingUnknown' },
              { guard: 'wantsCredit', target: '#onboarding.topUp', actions: 'recordFundingUnknown' },
              {
                guard: { type: 'mayAwaitPayment', params: { orAnswer: true } },
                target: 'awaitCredit',
                actions: ['recordFundingUnknown', 'scheduleCreditCheck'],
              },
              { target: '#onboarding.unfunded', actions: 'recordFundingUnknown' },
            ],
          },
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
                guard: { type: 'mayAwaitPayment', params: { orAnswer: false } },
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
        awaitCredit: {
          ...wait(
            'ask',
            'The key cannot spend yet, and money may still come: ask again later, or when an epoch begins.',
          ),
          meta: { awaits: 'funds' },
        },
        wait: wait('ask', 'Venice failed for the moment; back off.'),
      },
    },

    mintDiem,
    topUp,

    funded: {
      type: 'final',
      description: 'The key is minted and stored, and it, or the wallet where asked for, can pay.',
    },
    unfunded: { type: 'final', description: 'The key is minted and stored; it cannot spend yet, or nobody could say.' },
    failed: { type: 'final', description: 'Stopped, for the reason in context; the next run starts from the record.' },
  },
})

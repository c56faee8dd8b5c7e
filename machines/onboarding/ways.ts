import type { Counters } from './context.ts'
import * as select from './select.ts'
import { onboardingSetup } from './setup.ts'

export const failedWith = (code: string, within?: keyof Counters) =>
  ({ type: 'failedWith', params: within === undefined ? { code } : { code, within } }) as const

export const counting = (name: keyof Counters) => ({ type: 'count', params: { name } }) as const

/** A new challenge, counted: the way out of every complaint about the old one. */
export const refresh = (code: string) =>
  ({
    guard: failedWith(code, 'refreshes'),
    target: '#onboarding.fetchToken',
    actions: ['recordRefusal', 'noteFailure', counting('refreshes')],
  }) as const

/** The same before anything was posted: it tells nothing of what an earlier pass posted. */
export const refreshUnposted = (code: string) =>
  ({ ...refresh(code), actions: ['noteFailure', counting('refreshes')] }) as const

export const retry = { guard: 'isTransient', target: 'wait', actions: 'scheduleRetry' } as const

/** The ways out that are the same everywhere, tried last. */
export const giveUp = [
  { guard: 'mayReplan', target: '#onboarding.checkBalance', actions: ['noteFailure', counting('replans')] },
  { target: '#onboarding.failed', actions: 'noteFailure' },
] as const

/** The ways out that stages share, tried after their own. */
export const otherwise = [
  retry,
  { guard: 'mayAwaitFunds', target: 'wait', actions: 'scheduleFundsCheck' },
  ...giveUp,
] as const

/** What was signed is of cheaper times: recorded again under its nonce, at the fees of today. */
export const unblock = {
  guard: 'mayUnblock',
  target: '#onboarding.awaitConfirmation.unblock',
  actions: ['noteFailure', counting('unblocks')],
} as const

/** No node takes it at its fees, for now: the base fee may come down within the patience of the watch. */
export const watchUnderpriced = {
  guard: failedWith('chain/fee-too-low'),
  target: '#onboarding.awaitConfirmation.watch',
  actions: 'noteFailure',
} as const

/** Both stages sign the same way: approve signs stake along where both can go out together. */
export const prepare = onboardingSetup.createStateConfig({
  description: 'Check counterparties, budget and plan, then sign what was drafted. Nothing is sent.',
  meta: { awaits: 'signer' },
  invoke: {
    src: 'signTransactions',
    id: 'signTransactions',
    input: ({ context }) => select.signingRequest(context),
    onDone: {
      target: 'broadcast',
      actions: ['noteProgress', { type: 'recordAttempts', params: ({ event }) => ({ attempts: event.output }) }],
    },
    onError: [...otherwise],
  },
})

/** Waits until the absolute time in context, then goes on to `target`. */
export const wait = (target: string, why: string) =>
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
      onError: { target: '#onboarding.failed', actions: 'noteFailure' },
    },
  }) as const

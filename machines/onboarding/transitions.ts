import type { Funding } from '../../src/domain/funding.ts'
import type { KeyRef } from '../../src/domain/key.ts'
import type { WalletState } from '../../src/domain/wallet-state.ts'
import { counting, transactionStates } from '../transaction-states.ts'
import type { Counters } from './context.ts'
import * as select from './select.ts'

const shared = transactionStates('onboarding', 'checkBalance')

/** The transitions that this chart shares with the treasury's. */
export const { wait, awaitFunds, retryLater, replanOrFail, retryReplanOrFail } = shared
export const { recordBroadcast, resend, send, confirmation } = shared
export { counting }

/** All stages sign in the same way. `approve` also signs the stake if both can be sent together. */
export const prepare = shared.sign(
  'Check counterparties, budget and plan, then sign what was drafted. Nothing is sent.',
  select.signingRequest,
  'broadcast',
)

export const failedWith = (code: string, within?: keyof Counters) =>
  ({ type: 'failedWith', params: within === undefined ? { code } : { code, within } }) as const

/** The challenge is no longer good. */
export const fetchNewChallenge = {
  guard: 'mayRefresh',
  target: '#onboarding.fetchToken',
  actions: ['noteFailure', counting('refreshes')],
} as const

export const recordWalletState = {
  type: 'recordWalletState',
  params: ({ event }: { event: { output: WalletState } }) => ({ walletState: event.output }),
} as const

export const recordFunding = {
  type: 'recordFunding',
  params: ({ event }: { event: { output: Funding } }) => ({ funding: event.output }),
} as const

export const recordKey = {
  type: 'recordKey',
  params: ({ event }: { event: { output: KeyRef } }) => ({ key: event.output }),
} as const

import { canPay, type Funding } from '../../src/domain/funding.ts'
import { type OnboardingRequest, paysAsWallet } from '../../src/domain/request.ts'

const WITHOUT_KEY = 'The wallet pays for calls by itself, so no key is needed.'
const KEY_STAGES = ['approve', 'stake', 'awaitConfirmation', 'fetchToken', 'sign', 'mint'] as const

/** The stages that a run skips if its wallet pays by itself. */
export const skippedForWallet = () => KEY_STAGES.map((stage) => ({ stage, why: WITHOUT_KEY }))

/** The record of an earlier pass. A run that now needs a key no longer skips the stages that a paying wallet skips. */
export const beganFor = <Skipped extends { why: string }, Record extends { skipped: readonly Skipped[] }>(
  request: OnboardingRequest,
  record: Record,
): Record =>
  paysAsWallet(request) ? record : { ...record, skipped: record.skipped.filter(({ why }) => why !== WITHOUT_KEY) }

/** The requested credential can pay for calls: the key, or the wallet by itself. */
export const isPaidFor = (request: OnboardingRequest, { funding }: { funding: Funding | null }): boolean =>
  funding !== null && canPay(funding, paysAsWallet(request))

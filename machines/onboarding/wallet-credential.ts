import { canPay, type Funding } from '../../src/domain/funding.ts'
import { type OnboardingRequest, paysAsWallet } from '../../src/domain/request.ts'

const WITHOUT_KEY = 'The wallet pays for calls by itself, so no key is needed.'
const KEY_STAGES = ['approve', 'stake', 'awaitConfirmation', 'fetchToken', 'sign', 'mint'] as const

/** What a run skips whose wallet pays by itself. */
export const skippedForWallet = () => KEY_STAGES.map((stage) => ({ stage, why: WITHOUT_KEY }))

/** The record of an earlier pass: one that is to get a key now does not skip what a wallet without one did. */
export const beganFor = <Skipped extends { why: string }, Record extends { skipped: readonly Skipped[] }>(
  request: OnboardingRequest,
  record: Record,
): Record =>
  paysAsWallet(request) ? record : { ...record, skipped: record.skipped.filter(({ why }) => why !== WITHOUT_KEY) }

/** What was asked for can pay for calls: the key, or the wallet by itself. */
export const isPaidFor = (request: OnboardingRequest, { funding }: { funding: Funding | null }): boolean =>
  funding !== null && canPay(funding, paysAsWallet(request))

import {
  type Funding,
  type FundingBalances,
  type FundingCause,
  type FundingProof,
  hopesForEpoch,
  mayBecomeSpendable,
} from '../../src/domain/funding.ts'
import type { Failure } from '../../src/errors/failure.ts'
import type { OnboardingContext, RunRecord } from './context.ts'
import type { EffectContract } from './effects.ts'
import { isSpent, mintTime } from './select.ts'

type Context = OnboardingContext

/** How often the funding is checked while a key waits for money: from 5 s, growing to a minute. */
const FIRST_CREDIT_POLL_MS = 5_000
const LAST_CREDIT_POLL_MS = 60_000
/**
 * Polls, within about 40 s, for DIEM that was staked in this pass; after that, the run names the next epoch. It is not
 * documented when Venice counts it.
 */
const DIEM_POLLS = 6
/** Venice needs a moment to begin an epoch. */
const EPOCH_MARGIN_MS = 5_000

/** What each of Venice’s payment refusals means for the key. */
const REFUSALS: Readonly<Record<string, FundingCause>> = {
  'venice/balance-insufficient': 'no-balance',
  'venice/key-usd-limit-reached': 'key-limit-used',
  'venice/key-diem-limit-reached': 'key-limit-used',
  'venice/wallet-credit-too-low': 'wallet-credit',
  'venice/no-credential': 'no-credential',
}
const LIMITED = { 'venice/key-usd-limit-reached': 'usd', 'venice/key-diem-limit-reached': 'diem' } as const

/** Venice answered 402: it sees no funds that this key may spend. */
export const isPaymentRefused = (failure: Failure | null): boolean => failure !== null && failure.code in REFUSALS

/** What a failed check, or a failed paid call, says about the key. */
function causeOf({ code }: Failure, { request }: Pick<Context, 'request'>): FundingCause {
  const currency = LIMITED[code as keyof typeof LIMITED]
  if (currency !== undefined && request.key.consumptionLimit?.[currency] === 0) return 'key-limit-zero'
  return REFUSALS[code] ?? (code === 'venice/authentication-failed' ? 'key-refused' : 'unknown')
}

/** The funding of a stored key that could not be checked: refused because of a payment refusal, or unknown. */
export function fundingUnasked(context: Pick<Context, 'request' | 'record'>, failure: Failure): Funding {
  const cause = causeOf(failure, context)
  return {
    spendable: isPaymentRefused(failure) ? false : null,
    cause,
    reason: isPaymentRefused(failure) ? failure.message : `Not known: ${failure.message}`,
    tier: null,
    balances: { usd: null, diem: null, bundledCredits: null },
    nextEpochAt: null,
    keyExpiresAt: null,
    checkedAt: failure.at,
    proof: context.record.funding?.proof ?? null,
  }
}

/** The funding after Venice refused payment by the key, although its balances looked enough. */
export function fundingRefused(context: Context, failure: Failure): Funding {
  const known = context.record.funding ?? fundingUnasked(context, failure)
  const cause = causeOf(failure, context)
  return { ...known, spendable: false, cause, reason: failure.message, checkedAt: failure.at }
}

/** Venice accepts the key, but it is unknown whether it accepts payment by it. */
export function fundingUnproven(context: Context, failure: Failure): Funding {
  const known = context.record.funding ?? fundingUnasked(context, failure)
  const reason = `Not proven: ${failure.message}`
  const refusedModels = refusedOf(known, failure)
  return { ...known, ...refusedModels, spendable: null, cause: 'not-proven', reason, checkedAt: failure.at }
}

/** More than Venice has text models. */
const MOST_REFUSED = 200

/** The models that refused so far, with those of `failure`. */
export function refusedOf(
  { refusedModels = [] }: Pick<Funding, 'refusedModels'>,
  { models = [] }: Pick<Failure, 'models'>,
): Pick<Funding, 'refusedModels'> {
  const all = [...new Set([...refusedModels, ...models])].slice(-MOST_REFUSED)
  return all.length === 0 ? {} : { refusedModels: all }
}

/** The models that a paid test call need not try again. */
export const avoided = ({ funding }: Pick<RunRecord, 'funding'>): { avoid?: readonly string[] } =>
  funding?.refusedModels === undefined ? {} : { avoid: funding.refusedModels }

/** Keeps the proof of a key in its new funding state. */
export const withProof = (funding: Funding, { record }: Pick<Context, 'record'>): Funding => ({
  ...funding,
  proof: record.funding?.proof ?? null,
  ...(record.funding?.refusedModels && { refusedModels: record.funding.refusedModels }),
  ...(record.funding?.wallet && { wallet: record.funding.wallet }),
})

export const fundingProven = (
  { record }: Pick<Context, 'record'>,
  { proof, balances }: { proof: FundingProof; balances: FundingBalances | null },
): Funding | null => record.funding && { ...record.funding, balances: balances ?? record.funding.balances, proof }

/** A paid test call is requested, and none was made. */
export const needsProof = ({ mustProve, record }: Context): boolean =>
  mustProve && (record.funding?.proof ?? null) === null

/**
 * A call was paid with DIEM after the last DIEM was staked. So missing DIEM was spent, and Venice has counted it
 * already.
 */
const isDiemCounted = ({ attempts, funding }: RunRecord): boolean => {
  const proof = funding?.proof ?? null
  if (proof === null || proof.costDiem === null) return false
  return attempts.every(({ purpose, signedAt }) => purpose !== 'stakeDiem' || signedAt < proof.at)
}

/** The deadline has not passed and waiting could help; or DIEM was just staked, and Venice may need a moment. */
export const mayAwaitCredit = (
  { fundsDeadline, counters, isDiemStaked, record }: Context,
  funding: Funding,
): boolean => {
  const isInTime = fundsDeadline !== null && funding.checkedAt < fundsDeadline
  // If the staked DIEM is below the minimum, Venice has nothing to count.
  const isStakeSeen = isDiemStaked && funding.cause !== 'diem-too-small'
  const isFresh = isStakeSeen && counters.creditChecks < DIEM_POLLS && !isDiemCounted(record)
  return (isInTime || isFresh) && mayBecomeSpendable(funding) && !isSpent(counters, 'creditChecks')
}

/** When to check again: at growing intervals, and right after the next epoch begins if that could help. */
export function creditCheckAt({ counters, fundsDeadline, record: { funding } }: Context): string | null {
  if (funding === null) return null
  const pause = Math.min(LAST_CREDIT_POLL_MS, FIRST_CREDIT_POLL_MS * 1.2 ** counters.creditChecks)
  const after = (iso: string, ms: number) => new Date(Date.parse(iso) + ms).toISOString()
  const times = [after(funding.checkedAt, pause), ...(fundsDeadline === null ? [] : [fundsDeadline])]
  if (funding.nextEpochAt !== null && hopesForEpoch(funding)) {
    const epoch = after(funding.nextEpochAt, EPOCH_MARGIN_MS)
    if (epoch > funding.checkedAt) times.push(epoch)
  }
  return times.reduce((first, time) => (time < first ? time : first))
}

export const proofRequest = ({ record, request, counters }: Context): EffectContract['proveFunding']['input'] => {
  const { key, funding } = record
  if (key === null || funding === null) throw new Error('There is no key whose funding could be proven.')
  const privacy = request.key.modelPrivacy ?? 'ALL'
  return {
    key,
    privacy,
    balances: funding.balances,
    calls: counters.proofs + 1,
    ...avoided(record),
    ...mintTime(record),
  }
}

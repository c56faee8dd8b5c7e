import { formatAmount } from './amounts.ts'
import { unitsOf } from './decimal.ts'
import type { KeyRequest } from './key.ts'
import { LEAST_CREDIT_USD, type WalletCredit } from './payment.ts'

/**
 * Why a key cannot spend, or why that is unknown. no-balance: the account is empty. usd-too-small, diem-too-small: less
 * than Venice accepts. diem-spent: the staked DIEM is spent, or does not count before the next epoch. key-limit-zero,
 * key-limit-used: the key's own limit stops it, even if the account has funds. key-expired. key-refused: unknown or
 * revoked. not-admitted: refused although there is a balance. no-credential: the key did not arrive. wallet-credit: a
 * wallet signed in instead of the key. not-proven: the paid call got no answer. unknown: the key could not be checked.
 */
export const FUNDING_CAUSES = [
  'no-balance',
  'usd-too-small',
  'diem-too-small',
  'diem-spent',
  'key-limit-zero',
  'key-limit-used',
  'key-expired',
  'key-refused',
  'not-admitted',
  'no-credential',
  'wallet-credit',
  'not-proven',
  'unknown',
] as const
export type FundingCause = (typeof FUNDING_CAUSES)[number]

/** Dollars and DIEM, already clamped by Venice to the key's remaining limit. Null where Venice names none. */
export interface FundingBalances {
  usd: number | null
  diem: number | null
  bundledCredits: number | null
}

/** One real call that Venice accepted with the key, and what it cost. One of the two costs is null. */
export interface FundingProof {
  model: string
  costUsd: number | null
  costDiem: number | null
  /**
   * balance: how much the balance fell. price: tokens times the listed price, if the balance is too coarse to show it.
   */
  basis: 'balance' | 'price'
  /** ISO 8601. */
  at: string
}

/** What the wallet can pay for by itself, in calls that it signs in to. */
export interface WalletFunding extends WalletCredit {
  /** ISO 8601. */
  checkedAt: string
  /** Why it cannot pay, one sentence; null when it can. */
  reason: string | null
  proof: FundingProof | null
}

/** Whether a key can spend, as far as Venice says. */
export interface Funding {
  /** Null if the check failed. The key is minted and stored all the same. */
  spendable: boolean | null
  /** Null when spendable. */
  cause: FundingCause | null
  /** One sentence, null when spendable. */
  reason: string | null
  /** Venice's tier id, e.g. `paid`. */
  tier: string | null
  balances: FundingBalances
  /** ISO 8601: when DIEM and `EPOCH` limits reset (00:00 UTC). */
  nextEpochAt: string | null
  keyExpiresAt: string | null
  /** ISO 8601. */
  checkedAt: string
  /** Absent or null while no call was made with the key. */
  proof?: FundingProof | null
  /** Models that refused the paid test call, in the order in which they refused. Absent: none. */
  refusedModels?: readonly string[]
  /** Set if credit of the wallet was requested, which the key cannot spend. Else absent or null. */
  wallet?: WalletFunding | null
  /** Where Venice's settings of the key differ from the request, a sentence each. Absent: no difference was seen. */
  differences?: readonly string[]
}

/** The part of the answer of `GET /api_keys/rate_limits` that decides. */
export interface RateLimits {
  accessPermitted: boolean
  /** Null where Venice does not say. */
  tier: string | null
  balances: FundingBalances
  keyExpiresAt: string | null
  /** Null where Venice does not say. */
  nextEpochAt: string | null
}

/** What is known from elsewhere. Venice's answer shows neither the key's own limits nor the staked DIEM. */
export interface FundingContext {
  /** ISO 8601. */
  checkedAt: string
  /** The limits the key was minted with. An INFERENCE key cannot read them back. */
  limit?: KeyRequest['consumptionLimit']
  /** DIEM the wallet has staked, base units of 18 decimals; null when it was not read. */
  stakedDiem?: bigint | null
}

/** Least dollars of credit, and least staked DIEM, for a call to be admitted. @see https://docs.venice.ai/overview/vvv-diem */
const MIN_USD = LEAST_CREDIT_USD.toFixed(2)
const MIN_DIEM = '0.1'
/** Both minimums, in base units of `DECIMALS`. */
const LEAST = 100_000_000_000_000_000n
const DECIMALS = 18

/** Judges whether the key behind `limits` can pay, and says why not. */
export function judgeFunding(limits: RateLimits, context: FundingContext): Funding {
  const [cause, reason] = limits.accessPermitted ? [null, null] : whyNotSpendable(limits, context)
  return {
    spendable: limits.accessPermitted,
    cause,
    reason,
    tier: limits.tier,
    balances: limits.balances,
    nextEpochAt: limits.nextEpochAt,
    keyExpiresAt: limits.keyExpiresAt,
    checkedAt: context.checkedAt,
  }
}

function whyNotSpendable(
  { balances, keyExpiresAt, nextEpochAt }: RateLimits,
  { checkedAt, limit = {}, stakedDiem = null }: FundingContext,
): [FundingCause, string] {
  if (keyExpiresAt !== null && keyExpiresAt <= checkedAt) return ['key-expired', 'The key has expired.']
  const usd = balance(balances.usd) + balance(balances.bundledCredits)
  const diem = balance(balances.diem)
  const hasDiem = stakedDiem !== null && stakedDiem >= LEAST
  // With a limit of 0 the balance is cut to 0 and says nothing about the account. Only the limit is a certain reason.
  if (usd === 0n && diem === 0n && limit.usd === 0) {
    const others = limit.diem === 0 ? 'its DIEM limit as well' : 'and Venice shows no DIEM for it'
    return ['key-limit-zero', `The key’s own USD limit is 0, ${others}.`]
  }
  if (usd === 0n && diem === 0n && limit.diem === 0 && hasDiem) {
    return ['key-limit-zero', 'The key’s own DIEM limit is 0, and the account shows no dollars.']
  }
  if (usd < LEAST && diem < LEAST && hasDiem) {
    const next = `the next epoch begins ${nextEpochAt ?? 'at 00:00 UTC'}`
    return [
      'diem-spent',
      `The ${formatAmount(stakedDiem)} DIEM that are staked are spent, or not counted yet; ${next}.`,
    ]
  }
  if (usd === 0n && diem === 0n) {
    const limits = usedUpLimits(limit)
    const or = limits === '' ? '' : ` Or its own limit of ${limits} is used up, which the key cannot see.`
    return ['no-balance', `The account behind the key holds neither DIEM nor credit.${or}`]
  }
  if (diem > 0n && diem < LEAST && usd < LEAST) {
    return ['diem-too-small', `Less than ${MIN_DIEM} DIEM is staked.`]
  }
  if (usd > 0n && usd < LEAST) return ['usd-too-small', `The credit is under $${MIN_USD}.`]
  return ['not-admitted', 'Venice does not admit this key although it shows a balance.']
}

/** A debt counts as nothing. */
const balance = (amount: number | null): bigint => unitsOf(Math.max(amount ?? 0, 0), DECIMALS)

const usedUpLimits = ({ usd, diem }: NonNullable<KeyRequest['consumptionLimit']>): string =>
  [usd ? `$${usd}` : '', diem ? `${diem} DIEM` : ''].filter((part) => part !== '').join(' and ')

/** The account has money, or DIEM that a new epoch may free: check again right after the epoch starts. */
export const hopesForEpoch = ({ cause, balances }: Pick<Funding, 'cause' | 'balances'>): boolean =>
  cause === 'diem-spent' || cause === 'diem-too-small' || cause === 'key-limit-used' || (balances.diem ?? 0) > 0

/** Money or time could still help, so waiting makes sense. */
export const mayBecomeSpendable = ({ spendable, cause }: Pick<Funding, 'spendable' | 'cause'>): boolean =>
  spendable !== true && cause !== 'key-expired' && cause !== 'key-refused' && cause !== 'no-credential'

/** The key can spend, or the wallet if that was requested. @param byWallet - only the wallet counts. */
export const canPay = ({ spendable, wallet }: Pick<Funding, 'spendable' | 'wallet'>, byWallet = false): boolean =>
  (!byWallet && spendable === true) || wallet?.canConsume === true

/** The result for a run that needs no key. */
export const withoutKey = (checkedAt: string): Funding => ({
  spendable: null,
  cause: null,
  reason: null,
  tier: null,
  balances: { usd: null, diem: null, bundledCredits: null },
  nextEpochAt: null,
  keyExpiresAt: null,
  checkedAt,
})

/** Whether a key can spend, as far as Venice tells it. */
export interface Funding {
  /** null when it could not be asked: the key is minted and stored all the same. */
  spendable: boolean | null
  /** One sentence, null when spendable. */
  reason: string | null
  /** Venice's tier id, e.g. `paid`. */
  tier: string | null
  /** Dollars and DIEM, already clamped by Venice to this key's remaining limit. */
  balances: { usd: number | null; diem: number | null; bundledCredits: number | null }
  /** ISO 8601: when DIEM and `EPOCH` limits reset (00:00 UTC). */
  nextEpochAt: string | null
  keyExpiresAt: string | null
  /** ISO 8601. */
  checkedAt: string
}

/** Answer of `GET /api_keys/rate_limits`, reduced to what decides. */
export interface RateLimits {
  accessPermitted: boolean
  tier: string
  balances: { usd: number | null; diem: number | null; bundledCredits: number | null }
  keyExpiresAt: string | null
  nextEpochAt: string
}

/** Least dollars of credit, and least staked DIEM, for a call to be admitted. @see https://docs.venice.ai/overview/vvv-diem */
const MIN_USD = 0.1
const MIN_DIEM = 0.1

/** Judges whether the key behind `limits` can pay, and says why not. */
export function judgeFunding(limits: RateLimits, checkedAt: string): Funding {
  return {
    spendable: limits.accessPermitted,
    reason: limits.accessPermitted ? null : reasonNotSpendable(limits, checkedAt),
    tier: limits.tier,
    balances: limits.balances,
    nextEpochAt: limits.nextEpochAt,
    keyExpiresAt: limits.keyExpiresAt,
    checkedAt,
  }
}

function reasonNotSpendable({ balances, keyExpiresAt }: RateLimits, now: string): string {
  if (keyExpiresAt !== null && keyExpiresAt <= now) return 'The key has expired.'
  const usd = (balances.usd ?? 0) + (balances.bundledCredits ?? 0)
  const diem = balances.diem ?? 0
  if (usd === 0 && diem === 0) return 'The account behind the key holds neither DIEM nor credit.'
  if (diem > 0 && diem < MIN_DIEM && usd < MIN_USD) return `Less than ${MIN_DIEM} DIEM is staked.`
  if (usd > 0 && usd < MIN_USD) return `The credit is under $${MIN_USD.toFixed(2)}.`
  return 'Venice does not admit this key although it shows a balance.'
}

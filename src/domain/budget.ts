import { max, sum } from './amounts.ts'
import { type Attempt, maxCost } from './attempt.ts'
import type { Payment } from './payment.ts'

/** Caps for the whole run. A missing cap does not limit. */
export interface Budget {
  /** Base units of VVV. */
  maxVvv?: bigint
  /** Wei, L1 data fees included. */
  maxFeeWei?: bigint
  /** Base units of a dollar, 6 decimals: paid calls, and payments of USDC. */
  maxUsd?: bigint
  /** As `maxUsd`: payments of USDC drawn up within any 24 hours. */
  maxUsdPerDay?: bigint
}

export interface Spending {
  vvv: bigint
  feeWei: bigint
}

/**
 * What the recorded attempts have spent or may still spend: the real fee if it is known, else the ceiling. Signed bytes
 * count until they are proven dead. The chain takes only one attempt per nonce, so the most expensive counts.
 *
 * @param dead - hashes of bytes that were proven dead elsewhere; see `isDead` for those that the record itself proves.
 */
export function committed(attempts: readonly Attempt[], dead: ReadonlySet<string> = new Set()): Spending {
  const byNonce = new Map<number, Spending>()
  for (const attempt of attempts) {
    if (isDead(attempt, attempts) || dead.has(attempt.hash)) continue
    const before = byNonce.get(attempt.nonce) ?? { vvv: 0n, feeWei: 0n }
    const { vvv, feeWei } = spendingOf(attempt)
    byNonce.set(attempt.nonce, { vvv: max(before.vvv, vvv), feeWei: max(before.feeWei, feeWei) })
  }
  const each = [...byNonce.values()]
  return { vvv: sum(each.map(({ vvv }) => vvv)), feeWei: sum(each.map(({ feeWei }) => feeWei)) }
}

/**
 * Whether `attempt` can never be mined, because another transaction in the record was mined with its nonce. An endpoint
 * that only says "nonce used" proves nothing: it may keep the bytes and release them later.
 */
export const isDead = (attempt: Attempt, attempts: readonly Attempt[]): boolean =>
  !isInBlock(attempt.status) &&
  attempts.some(({ hash, nonce, status }) => nonce === attempt.nonce && hash !== attempt.hash && isInBlock(status))

/** Signed bytes whose nonce is reported as used, but which nothing in the record proves dead. */
export const undeadAttempts = (attempts: readonly Attempt[]): Attempt[] =>
  attempts.filter((attempt) => attempt.status === 'superseded' && !isDead(attempt, attempts))

/** Signed bytes that are in no block, and that nothing in the record proves dead. */
export const unminedAttempts = (attempts: readonly Attempt[]): Attempt[] =>
  attempts.filter((attempt) => !isInBlock(attempt.status) && !isDead(attempt, attempts))

const isInBlock = (status: Attempt['status']): boolean => status === 'mined' || status === 'reverted'

export const isStaking = ({ purpose }: Pick<Attempt, 'purpose'>): boolean =>
  purpose === 'stake' || purpose === 'sponsor'

const spendingOf = (attempt: Attempt): Spending => ({
  vvv: isStaking(attempt) && attempt.status !== 'reverted' ? BigInt(attempt.amount) : 0n,
  feeWei: attempt.feeWei === null ? maxCost(attempt) : BigInt(attempt.feeWei),
})

const DAY_MS = 24 * 60 * 60_000

/** Payments that count for the budget of a day. A time in the future counts as today. */
export const ofToday = (payments: readonly Payment[], nowMs: number): Payment[] =>
  payments.filter(({ drawnUpAt }) => !(Date.parse(drawnUpAt) < nowMs - DAY_MS))

/** The payments in `noted` that belong to other records of the wallet. */
export function ofOthers(noted: readonly Payment[], own: readonly Payment[]): Payment[] {
  const known = new Set(own.map(({ nonce }) => nonce))
  return noted.filter(({ nonce }) => !known.has(nonce))
}

/** Base units of USDC that the recorded payments have moved or may still move. */
export const paid = (payments: readonly Payment[]): bigint =>
  sum(payments.filter(({ status }) => status !== 'void').map(({ value }) => BigInt(value)))

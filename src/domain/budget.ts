import { max } from './amounts.ts'
import { type Attempt, maxCost } from './attempt.ts'
import type { Payment } from './payment.ts'

/** Caps for the whole run. A missing one does not limit. */
export interface Budget {
  /** Base units of VVV. */
  maxVvv?: bigint
  /** Wei, L1 data fees included. */
  maxFeeWei?: bigint
  /** Base units of a dollar, 6 decimals: paid calls, and payments of USDC. */
  maxUsd?: bigint
}

export interface Spending {
  vvv: bigint
  feeWei: bigint
}

/**
 * What the recorded attempts have spent or may still spend: the real fee where it is known, else the ceiling. Of
 * attempts under one nonce the chain takes one, so the dearest counts.
 */
export function committed(attempts: readonly Attempt[]): Spending {
  const byNonce = new Map<number, Spending>()
  for (const attempt of attempts) {
    if (attempt.status === 'superseded') continue
    const before = byNonce.get(attempt.nonce) ?? { vvv: 0n, feeWei: 0n }
    const { vvv, feeWei } = spendingOf(attempt)
    byNonce.set(attempt.nonce, { vvv: max(before.vvv, vvv), feeWei: max(before.feeWei, feeWei) })
  }
  const each = [...byNonce.values()]
  return { vvv: sum(each.map(({ vvv }) => vvv)), feeWei: sum(each.map(({ feeWei }) => feeWei)) }
}

const isStaking = ({ purpose }: Pick<Attempt, 'purpose'>): boolean => purpose === 'stake' || purpose === 'sponsor'

const spendingOf = (attempt: Attempt): Spending => ({
  vvv: isStaking(attempt) && attempt.status !== 'reverted' ? BigInt(attempt.amount) : 0n,
  feeWei: attempt.feeWei === null ? maxCost(attempt) : BigInt(attempt.feeWei),
})

const sum = (values: readonly bigint[]): bigint => values.reduce((total, value) => total + value, 0n)

/** Base units of USDC that the recorded payments have moved or may still move. */
export const paid = (payments: readonly Payment[]): bigint =>
  sum(payments.filter(({ status }) => status !== 'void').map(({ value }) => BigInt(value)))

import { max } from './amounts.ts'
import type { Draft } from './attempt.ts'

/** The fees and nonces that the wallet's next transaction needs. Wei; nonces count transactions. */
export interface FeeMarket {
  baseFeePerGas: bigint
  /** What the endpoint suggests as a tip, at most `MOST_TIP_WEI`. */
  maxPriorityFeePerGas: bigint
  /** Next nonce of the wallet, by its mined transactions. */
  nonce: number
  /** Next nonce, by the transactions in the endpoint's pool as well. */
  pendingNonce: number
}

/**
 * The highest tip that is offered, in wei per gas, whatever an endpoint suggests: three times the tip of a real stake
 * on Base (31 Mwei, transaction 0xc440e54f…35f5), which was already high compared with the usual 1 Mwei.
 */
export const MOST_TIP_WEI = 100_000_000n

/**
 * The tip that Base's own endpoint suggests on a usual day, in wei per gas (2026-11). For endpoints that suggest none.
 */
export const DEFAULT_TIP_WEI = 1_000_000n

export interface Fees {
  maxFeePerGas: bigint
  maxPriorityFeePerGas: bigint
}

/** Twice the base fee covers a rise of about 20 full blocks in a row. @see https://docs.base.org/base-chain/network-information/network-fees */
export const feesOf = ({ baseFeePerGas, maxPriorityFeePerGas }: Omit<FeeMarket, 'nonce' | 'pendingNonce'>): Fees => ({
  maxFeePerGas: baseFeePerGas * 2n + maxPriorityFeePerGas,
  maxPriorityFeePerGas,
})

/** Cannot be mined in a block of this base fee. */
export const isUnderpriced = ({ maxFeePerGas }: Pick<Draft, 'maxFeePerGas'>, baseFeePerGas: bigint): boolean =>
  BigInt(maxFeePerGas) < baseFeePerGas

/**
 * Percent by which both fees must rise before a node replaces a transaction. geth's `--txpool.pricebump`; other nodes
 * require the same.
 */
const MIN_FEE_BUMP_PERCENT = 10n

/** The lowest fee that replaces `fee`, rounded up. */
const bumped = (fee: bigint): bigint => max((fee * (100n + MIN_FEE_BUMP_PERCENT) + 99n) / 100n, fee + 1n)

/** The lowest fees at which a node accepts a replacement of `draft`. */
export const leastBump = (draft: Pick<Draft, 'maxFeePerGas' | 'maxPriorityFeePerGas'>): Fees => ({
  maxFeePerGas: bumped(BigInt(draft.maxFeePerGas)),
  maxPriorityFeePerGas: bumped(BigInt(draft.maxPriorityFeePerGas)),
})

/** Current fees for a replacement of `draft`, at least the lowest fee bump. */
export function bumpedFees(draft: Pick<Draft, 'maxFeePerGas' | 'maxPriorityFeePerGas'>, market: FeeMarket): Fees {
  const least = leastBump(draft)
  const today = feesOf(market)
  const maxPriorityFeePerGas = max(least.maxPriorityFeePerGas, today.maxPriorityFeePerGas)
  return {
    maxFeePerGas: max(least.maxFeePerGas, market.baseFeePerGas * 2n + maxPriorityFeePerGas),
    maxPriorityFeePerGas,
  }
}

/**
 * Current fees for transactions that reuse the nonces of `open`, at least the lowest fee bump of each. So the chain
 * takes either the new transactions or the open ones, never both.
 */
export function replacingFees(fees: Fees, open: readonly Pick<Draft, 'maxFeePerGas' | 'maxPriorityFeePerGas'>[]): Fees {
  const least = [fees, ...open.map(leastBump)]
  return {
    maxFeePerGas: least.map(({ maxFeePerGas }) => maxFeePerGas).reduce(max),
    maxPriorityFeePerGas: least.map(({ maxPriorityFeePerGas }) => maxPriorityFeePerGas).reduce(max),
  }
}

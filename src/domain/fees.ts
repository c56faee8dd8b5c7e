import { max } from './amounts.ts'
import type { Draft } from './attempt.ts'

/** What transactions of the wallet have to reckon with. Wei; nonces count transactions. */
export interface FeeMarket {
  baseFeePerGas: bigint
  /** What the endpoint suggests as a tip, at most `MOST_TIP_WEI`. */
  maxPriorityFeePerGas: bigint
  /** Next nonce of the wallet by what is mined. */
  nonce: number
  /** Next nonce by what the endpoint has in its pool as well. */
  pendingNonce: number
}

/**
 * Most wei per gas that is offered as a tip, whatever an endpoint suggests: three times the tip of a real stake on Base
 * (31 Mwei, transaction 0xc440e54f…35f5), which was already expensive next to the usual 1 Mwei.
 */
export const MOST_TIP_WEI = 100_000_000n

/** Wei per gas that Base's own endpoint suggests on a usual day (2026-11). For endpoints that suggest none. */
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

/** Percent by which both fees must rise for a node to replace what it has. geth's `--txpool.pricebump`; other nodes ask the same. */
const MIN_FEE_BUMP_PERCENT = 10n

/** The least that replaces `fee`, rounded up. */
const bumped = (fee: bigint): bigint => max((fee * (100n + MIN_FEE_BUMP_PERCENT) + 99n) / 100n, fee + 1n)

/** The least fees with which a node takes a transaction in place of `draft`. */
export const leastBump = (draft: Pick<Draft, 'maxFeePerGas' | 'maxPriorityFeePerGas'>): Fees => ({
  maxFeePerGas: bumped(BigInt(draft.maxFeePerGas)),
  maxPriorityFeePerGas: bumped(BigInt(draft.maxPriorityFeePerGas)),
})

/** Fees of today for a transaction in place of `draft`: at least the least raise. */
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
 * Fees of today for what takes the place of `open`, under the same nonces: of both, at least the least raise of each. So new
 * transactions and open ones exclude each other on chain.
 */
export function replacingFees(fees: Fees, open: readonly Pick<Draft, 'maxFeePerGas' | 'maxPriorityFeePerGas'>[]): Fees {
  const least = [fees, ...open.map(leastBump)]
  return {
    maxFeePerGas: least.map(({ maxFeePerGas }) => maxFeePerGas).reduce(max),
    maxPriorityFeePerGas: least.map(({ maxPriorityFeePerGas }) => maxPriorityFeePerGas).reduce(max),
  }
}

import { type Attempt, type Draft, maxCost } from '../../domain/attempt.ts'
import { committed } from '../../domain/budget.ts'
import { feeCeilingOf } from '../../domain/ceilings.ts'
import { bumpedFees, type FeeMarket, type Fees, leastBump } from '../../domain/fees.ts'
import { BudgetExceededError } from '../../errors/policy.ts'
import type { EffectSettings } from './io.ts'

/**
 * Current fees for `draft` as a replacement of the transaction with its nonce, within the budget. Without a cap, the
 * limit is the fee ceiling that fits the signed transactions, because an endpoint that invents a base fee must not
 * empty the wallet.
 *
 * @throws {BudgetExceededError} the budget allows less than a node would accept, or less than the base fee.
 */
export function affordableFees(
  draft: Draft,
  market: FeeMarket,
  { attempts, settings: { budget } }: { attempts: readonly Attempt[]; settings: Pick<EffectSettings, 'budget'> },
): Fees {
  const wanted = bumpedFees(draft, market)
  const others = committed(attempts.filter(({ nonce }) => nonce !== draft.nonce)).feeWei
  const limit = budget.maxFeeWei ?? feeCeilingOf(attempts)
  const affordable = (limit - others - BigInt(draft.l1Fee)) / BigInt(draft.gas)
  const least = [leastBump(draft).maxFeePerGas, market.baseFeePerGas, wanted.maxPriorityFeePerGas]
  if (least.some((fee) => affordable < fee)) {
    const needed = others + maxCost({ ...draft, maxFeePerGas: wanted.maxFeePerGas.toString() })
    throw BudgetExceededError.fee(limit, needed, budget)
  }
  return { ...wanted, maxFeePerGas: affordable < wanted.maxFeePerGas ? affordable : wanted.maxFeePerGas }
}

import { ADDRESSES } from '../../domain/addresses.ts'
import { formatAmount } from '../../domain/amounts.ts'
import { type Attempt, type Draft, isOpen, maxCost } from '../../domain/attempt.ts'
import { committed, type Spending } from '../../domain/budget.ts'
import { type FeeMarket, type Fees, leastRaise, raisedFees } from '../../domain/fees.ts'
import type { Plan } from '../../domain/plan.ts'
import { BudgetExceededError, CounterpartyRefusedError } from '../../errors/policy.ts'
import type { EffectSettings } from './io.ts'

const COUNTERPARTIES: readonly string[] = [ADDRESSES.vvv, ADDRESSES.staking, ADDRESSES.diem]

/** @throws {CounterpartyRefusedError} a draft goes where this product never sends anything. */
export function requireCounterparties(drafts: readonly Draft[]): void {
  for (const { purpose, from, to, data } of drafts) {
    const isEmpty = purpose === 'fill' && to === from && data === '0x'
    if (!isEmpty && !COUNTERPARTIES.includes(to)) throw new CounterpartyRefusedError(to)
  }
}

/**
 * Of the whole plan: an approve is not signed for a stake that the budget then refuses.
 *
 * @throws {BudgetExceededError}
 */
export function requireBudget(
  plan: Plan,
  attempts: readonly Attempt[],
  settings: Pick<EffectSettings, 'budget'>,
): void {
  requireWithin(plan, committed(attempts), settings)
}

/**
 * The same for any plan, after what was spent before.
 *
 * @throws {BudgetExceededError}
 */
export function requireWithin(
  plan: Pick<Plan, 'stake' | 'feeCeiling' | 'transactions'>,
  before: Spending,
  { budget }: Pick<EffectSettings, 'budget'>,
): void {
  const vvv = before.vvv + BigInt(plan.stake)
  const feeWei = before.feeWei + BigInt(plan.feeCeiling)
  if (budget.maxVvv !== undefined && vvv > budget.maxVvv) {
    throw BudgetExceededError.vvv(budget.maxVvv, vvv)
  }
  const locked = plan.transactions.find(({ purpose }) => purpose === 'mintDiem')?.amount ?? '0'
  if (budget.maxVvv !== undefined && BigInt(locked) > budget.maxVvv) {
    const [limit, needed] = [`${formatAmount(budget.maxVvv)} VVV`, `a lock of ${formatAmount(locked)} sVVV`]
    throw new BudgetExceededError({ option: '--max-vvv', limit, needed })
  }
  if (budget.maxFeeWei !== undefined && feeWei > budget.maxFeeWei)
    throw BudgetExceededError.gas(budget.maxFeeWei, feeWei)
}

/** @throws {BudgetExceededError} `draft` and what the run has spent cost more than is allowed. */
export function requireFee(draft: Draft, attempts: readonly Attempt[], { budget }: EffectSettings): void {
  const feeWei = committed(attempts).feeWei + maxCost(draft)
  if (budget.maxFeeWei !== undefined && feeWei > budget.maxFeeWei)
    throw BudgetExceededError.gas(budget.maxFeeWei, feeWei)
}

/**
 * Without `--max-gas-eth`, fees under one nonce may rise to this many times what was shown when its first transaction
 * was signed: an endpoint that invents a base fee must not empty the wallet.
 */
const MAX_RAISE = 10n

/**
 * Fees of today for `draft` in place of what has its nonce, as far as the budget allows.
 *
 * @throws {BudgetExceededError} the budget allows less than a node would take, or than the base fee.
 */
export function affordableFees(
  draft: Draft,
  market: FeeMarket,
  { attempts, settings: { budget } }: { attempts: readonly Attempt[]; settings: Pick<EffectSettings, 'budget'> },
): Fees {
  const wanted = raisedFees(draft, market)
  const others = attempts.filter(({ nonce }) => nonce !== draft.nonce)
  const first = attempts.find(({ nonce }) => nonce === draft.nonce) ?? attempts.find(isOpen) ?? draft
  const cap = budget.maxFeeWei === undefined ? maxCost(first) * MAX_RAISE : budget.maxFeeWei - committed(others).feeWei
  const affordable = (cap - BigInt(draft.l1Fee)) / BigInt(draft.gas)
  const least = [leastRaise(draft).maxFeePerGas, market.baseFeePerGas, wanted.maxPriorityFeePerGas]
  if (least.some((fee) => affordable < fee)) {
    const needed = maxCost({ ...draft, maxFeePerGas: wanted.maxFeePerGas.toString() })
    throw BudgetExceededError.gas(
      budget.maxFeeWei ?? cap,
      needed + (budget.maxFeeWei === undefined ? 0n : committed(others).feeWei),
    )
  }
  return { ...wanted, maxFeePerGas: affordable < wanted.maxFeePerGas ? affordable : wanted.maxFeePerGas }
}

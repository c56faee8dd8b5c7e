import type { Budget } from '../domain/budget.ts'
import type { Plan } from '../domain/plan.ts'
import { AdminKeyNotAllowedError, BudgetExceededError, BudgetNeededError } from '../errors/policy.ts'

/** What the host allows its model. */
export interface Permissions {
  /** ADMIN keys may be minted. */
  allowAdminKeys: boolean
  /** Whatever is within the budget is signed: nobody is to be asked, or the host is asked before every signature. */
  approvesAny: boolean
}

/** What a call would do that a host must allow its model. */
export interface Spending {
  /** VVV is staked or locked, and fees are paid. */
  coins?: boolean
  /** USDC is paid. */
  dollars?: boolean
  /** A call is paid with the new key. */
  paidCall?: boolean
  /** An ADMIN key is minted, if only for a moment. */
  adminKey?: boolean
}

export const spendingOf = ({ transactions, fund }: Pick<Plan, 'transactions' | 'fund'>): Spending => ({
  coins: transactions.length > 0 || fund?.way === 'diem',
  dollars: fund?.way === 'x402',
})

/**
 * A stake above the budget is refused before a person is asked for it, and before it is recorded.
 *
 * @throws {BudgetExceededError}
 */
export function requireStakeWithin({ stake }: Pick<Plan, 'stake'>, { maxVvv }: Budget = {}): void {
  if (maxVvv !== undefined && BigInt(stake) > maxVvv) throw BudgetExceededError.vvv(maxVvv, BigInt(stake))
}

/**
 * A model may spend only where its host has set a cap for it.
 *
 * @throws {BudgetNeededError} {AdminKeyNotAllowedError}
 */
export function requirePermission(
  { coins = false, dollars = false, paidCall = false, adminKey = false }: Spending,
  {
    settings: { budget = {} },
    permissions,
  }: { settings: { budget?: Budget }; permissions: Pick<Permissions, 'allowAdminKeys'> },
): void {
  const needed: [keyof Budget, 'maxVvv' | 'maxGasEth' | 'maxUsd', boolean][] = [
    ['maxVvv', 'maxVvv', coins],
    ['maxFeeWei', 'maxGasEth', coins],
    ['maxUsd', 'maxUsd', dollars || paidCall],
  ]
  const missing = needed.flatMap(([cap, name, isNeeded]) => (isNeeded && budget[cap] === undefined ? [name] : []))
  if (missing.length > 0) throw new BudgetNeededError(missing)
  if (adminKey && !permissions.allowAdminKeys) throw new AdminKeyNotAllowedError()
}

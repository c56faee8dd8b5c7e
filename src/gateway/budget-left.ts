import { openPaymentLedger } from '../adapters/locks/payment-ledger.ts'
import type { Address } from '../domain/addresses.ts'
import { max } from '../domain/amounts.ts'
import { ofOthers, ofToday, paid } from '../domain/budget.ts'
import { recordOf } from '../driver/envelope.ts'
import { recordedRun } from '../hosts/file/recorded-run.ts'
import type { TopUpOptions } from './top-up.ts'

/** What refills may still cost, in base units of USDC. `today` is null without a cap of the day. */
interface BudgetLeft {
  all: bigint
  today: bigint | null
}

/**
 * What is left of the budget of the refills, by what is recorded. Only for people to see: a refill is held to its budget by
 * what it reads itself. No side effects.
 */
export async function budgetLeft(
  { stateDir, chainId, address }: { stateDir: string; chainId: number; address: Address },
  { budget: { maxUsd, maxUsdPerDay }, nowMs }: Pick<TopUpOptions, 'budget'> & { nowMs: number },
): Promise<BudgetLeft> {
  const envelope = await recordedRun({ stateDir, chainId, address })
  const own = envelope === null ? [] : recordOf(envelope).payments
  const elsewhere = ofOthers(openPaymentLedger({ chainId, address }).payments(), own)
  const today = ofToday([...own, ...elsewhere], nowMs)
  return {
    all: max(maxUsd - paid(own), 0n),
    today: maxUsdPerDay === undefined ? null : max(maxUsdPerDay - paid(today), 0n),
  }
}

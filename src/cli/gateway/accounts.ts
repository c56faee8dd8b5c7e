import { systemClock } from '../../adapters/clock.ts'
import { type Address, BASE_CHAIN_ID } from '../../domain/addresses.ts'
import { formatAmount, USDC_DECIMALS } from '../../domain/amounts.ts'
import { budgetLeft } from '../../gateway/budget-left.ts'
import type { Credit } from '../../gateway/credit.ts'
import type { Refilling } from './request.ts'
import type { Watching } from './watching.ts'

/** What is left of the dollars that refills may cost. */
interface Left {
  usd: number
  /** Null: a day has no limit. */
  todayUsd: number | null
}

/** The money of a gateway as its report and its page show it, in dollars. Null: not known, or nobody's concern. */
export interface Accounts {
  creditUsd(): number | null
  budgetLeft(): Left | null
  readonly refill: { belowUsd: number; toUsd: number } | null
}

/**
 * Follows the credit and what is left of the budget of refills, which is read again after each refill.
 *
 * Side effects: reads the record of the run, now and after each refill.
 */
export function openAccounts(
  { stateDir, address }: { stateDir: string; address: Address },
  { credit, refill, watching }: { credit: Credit | null; refill: Refilling | null; watching: Watching },
): Accounts {
  let left: Left | null = null
  const read = ({ budget }: Refilling) =>
    void budgetLeft({ stateDir, chainId: BASE_CHAIN_ID, address }, { budget, nowMs: systemClock.now() })
      .then(({ all, today }) => {
        left = { usd: inUsd(all) ?? 0, todayUsd: inUsd(today) }
        watching.onChange()
      })
      // The refill itself says why a record cannot be read.
      .catch(() => {})
  if (refill !== null) {
    watching.onRefill = () => read(refill)
    read(refill)
  }
  return {
    creditUsd: () => inUsd(credit?.known() ?? null),
    budgetLeft: () => left,
    refill: refill && { belowUsd: inUsd(refill.floor) ?? 0, toUsd: inUsd(refill.to) ?? 0 },
  }
}

const inUsd = (units: bigint | null): number | null =>
  units === null ? null : Number(formatAmount(units, { decimals: USDC_DECIMALS }))

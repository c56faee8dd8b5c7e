import { systemClock } from '../../adapters/clock.ts'
import type { Totals } from '../../gateway/totals.ts'
import { type GatewayInspector, inspectGateway } from '../../inspector/gateway.ts'
import type { GatewayView } from '../../inspector/model/gateway.ts'
import type { Accounts } from './accounts.ts'

/**
 * The live page of a gateway. Loaded on demand only.
 *
 * Side effects: a server on loopback; see `inspectGateway`.
 */
export const openPage = (
  { url, address, credential, apiUrl }: Pick<GatewayView, 'url' | 'address' | 'credential' | 'apiUrl'>,
  { totals, accounts, openCalls }: { totals: Totals; accounts: Accounts; openCalls: () => number },
): Promise<GatewayInspector> =>
  inspectGateway(() => ({
    now: systemClock.now(),
    url,
    address,
    credential,
    apiUrl,
    openCalls: openCalls(),
    ...viewOf(totals),
    creditUsd: accounts.creditUsd(),
    refill: accounts.refill,
    budgetLeft: accounts.budgetLeft(),
  }))

/** What the page shows of the totals, field by field. */
function viewOf(totals: Totals) {
  const { calls, failed, costUsd, withoutCost, costPerMinuteUsd, refills, lastCalls } = totals.summary()
  const lastRefills = totals.lastRefills()
  return { calls, failed, costUsd, withoutCost, costPerMinuteUsd, refills, lastCalls, lastRefills }
}

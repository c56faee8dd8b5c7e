import { BASE_CHAIN_ID } from '../../../domain/addresses.ts'
import type { FleetClient } from '../../../fleet/client.ts'
import { submitAll } from '../../../fleet/hand-in.ts'
import { walletKey } from '../../../fleet/names.ts'
import type { Order } from '../../../fleet/order.ts'
import { toRetry } from '../../../fleet/passes.ts'
import type { Output } from '../../output.ts'
import { clientFor } from './place.ts'
import type { FleetRequest } from './request.ts'

export type RetryRequest = FleetRequest & { codes: readonly string[] }

/**
 * `fleet retry`: begins another pass of the wallets that failed, or whose pass was stopped by hand, from their records; and
 * has Restate resume what it paused. Finished steps are not repeated.
 */
export async function retry(request: RetryRequest, output: Output): Promise<number> {
  const client = clientFor(request)
  const address = request.address
  const only = address === null ? null : walletKey({ chainId: BASE_CHAIN_ID, address })
  const { orders, stuck } = await toRetry(client, { only, codes: request.codes })
  for (const id of stuck) await client.resume(id)
  const { submitted, underWay } =
    only === null
      ? await submitAll(client, orders, { underWay: 0, finished: 0, failed: 0 })
      : await startOne(client, orders)
  const text = [
    submitted + stuck.length === 0
      ? 'There is nothing to try again.'
      : `Started another pass for ${submitted} wallets.`,
    stuck.length > 0 ? `Resumed ${stuck.length} that Restate had paused.` : '',
    underWay > 0 ? `${underWay} were already running.` : '',
  ]
  output.result({ submitted, resumed: stuck.length, underWay }, text.filter((part) => part !== '').join('\n'))
  return 0
}

/** Who names a wallet is told when another was faster. */
async function startOne(
  client: FleetClient,
  orders: readonly Order[],
): Promise<{ submitted: number; underWay: number }> {
  for (const order of orders) await client.start(order)
  return { submitted: orders.length, underWay: 0 }
}

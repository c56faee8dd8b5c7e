import { BASE_CHAIN_ID } from '../../../domain/addresses.ts'
import { action } from '../../../domain/next-action.ts'
import { DeletionNotConfirmedError } from '../../../errors/keys.ts'
import { submitAll } from '../../../fleet/hand-in.ts'
import { walletKey } from '../../../fleet/names.ts'
import { toReclaim } from '../../../fleet/passes.ts'
import { isConfirmed } from '../../confirm.ts'
import type { Output } from '../../output.ts'
import { isUnasked } from '../../request.ts'
import { clientFor } from './place.ts'
import type { FleetRequest } from './request.ts'

export type ReclaimRequest = FleetRequest & { isDryRun: boolean }

/**
 * `fleet reclaim`: another pass of the wallets whose mint replies were lost, which begins with finding and deleting the keys
 * that nobody holds. A wallet without a key then mints one.
 */
export async function reclaim(request: ReclaimRequest, output: Output): Promise<number> {
  const client = clientFor(request)
  const address = request.address
  const only = address === null ? null : walletKey({ chainId: BASE_CHAIN_ID, address })
  const { orders, orphans } = await toReclaim(client, only)
  const words = `up to ${orphans} keys of ${orders.length} wallets`
  if (orders.length === 0 || request.isDryRun) {
    const text = orders.length === 0 ? 'There is nothing to reclaim.' : `Would look for ${words}, and delete them.`
    output.result({ wallets: orders.length, orphans, submitted: 0 }, text)
    return 0
  }
  await confirm(`Find and delete ${words}? Each wallet signs for an ADMIN key, which deletes itself.`, request, output)
  const { submitted } = await submitAll(client, orders, { underWay: 0, finished: 0, failed: 0 })
  output.result(
    { wallets: orders.length, orphans, submitted },
    `Started another pass for ${submitted} wallets: ${output.say([action('fleet.status', { follow: true })])}`,
  )
  return 0
}

async function confirm(message: string, request: FleetRequest, output: Output): Promise<void> {
  if (isUnasked(request)) return
  if (!output.mayAsk) throw new DeletionNotConfirmedError({ isDeclined: false })
  if (!(await isConfirmed(message))) throw new DeletionNotConfirmedError({ isDeclined: true })
}

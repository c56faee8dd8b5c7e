import type { Address } from '../../domain/addresses.ts'
import type { FeeMarket } from '../../domain/fees.ts'
import { readNonces } from './nonces.ts'
import type { ReadClient } from './read-client.ts'
import { suggestedTip } from './tip.ts'

/** See `Chain.market`. One round trip. */
export async function feeMarket(client: ReadClient, address: Address): Promise<FeeMarket> {
  const [block, maxPriorityFeePerGas, { mined, pending }] = await Promise.all([
    client.getBlock({ blockTag: 'latest' }),
    suggestedTip(client),
    readNonces(client, address),
  ])
  return { baseFeePerGas: block.baseFeePerGas ?? 0n, maxPriorityFeePerGas, nonce: mined, pendingNonce: pending }
}

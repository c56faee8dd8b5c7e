import type { PublicClient } from 'viem'
import type { Address } from '../../domain/addresses.ts'
import type { FeeMarket } from '../../domain/fees.ts'

/** See `Chain.market`. One round trip. */
export async function market(client: PublicClient, address: Address): Promise<FeeMarket> {
  const [block, tip, nonce, pendingNonce] = await Promise.all([
    client.getBlock({ blockTag: 'latest' }),
    client.request({ method: 'eth_maxPriorityFeePerGas' }),
    client.getTransactionCount({ address, blockTag: 'latest' }),
    client.getTransactionCount({ address, blockTag: 'pending' }),
  ])
  return { baseFeePerGas: block.baseFeePerGas ?? 0n, maxPriorityFeePerGas: BigInt(tip), nonce, pendingNonce }
}

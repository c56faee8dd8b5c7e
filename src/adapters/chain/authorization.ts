import { ADDRESSES, type Address, type Hex } from '../../domain/addresses.ts'
import { NoContractError } from '../../errors/chain/staking-contract.ts'
import { usdcAbi } from './abi.ts'
import type { ReadClient } from './read-client.ts'
import { isAbsent } from './uints.ts'

/**
 * See `Chain.authorization`. Two round trips: a block, then the state at that block. So a payment that is unused at a
 * block after its expiry cannot have been used meanwhile.
 */
export async function authorization(
  client: ReadClient,
  { from, nonce }: { from: Address; nonce: Hex },
): Promise<{ isUsed: boolean; blockSeconds: number }> {
  const { number: blockNumber, timestamp } = await client.getBlock({ blockTag: 'latest' })
  try {
    const isUsed = await client.readContract({
      address: ADDRESSES.usdc,
      abi: usdcAbi,
      functionName: 'authorizationState',
      args: [from, nonce],
      blockNumber,
    })
    return { isUsed, blockSeconds: Number(timestamp) }
  } catch (error) {
    if (isAbsent(error)) throw new NoContractError('USDC', ADDRESSES.usdc)
    throw error
  }
}

import type { PublicClient } from 'viem'
import { ADDRESSES, type Address } from '../../domain/addresses.ts'
import type { Holdings } from '../../ports/chain.ts'
import { diemAbi, erc20Abi } from './abi.ts'

/** See `Chain.holdings`. One round trip. */
export async function holdings(client: PublicClient, address: Address): Promise<Holdings> {
  const args = [address] as const
  const [diem, [stakedDiem], usdc] = await Promise.all([
    client.readContract({ address: ADDRESSES.diem, abi: diemAbi, functionName: 'balanceOf', args }),
    client.readContract({ address: ADDRESSES.diem, abi: diemAbi, functionName: 'stakedInfos', args }),
    client.readContract({ address: ADDRESSES.usdc, abi: erc20Abi, functionName: 'balanceOf', args }),
  ])
  return { diem, stakedDiem, usdc }
}

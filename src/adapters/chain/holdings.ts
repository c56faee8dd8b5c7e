import { ADDRESSES, type Address } from '../../domain/addresses.ts'
import { NoContractError } from '../../errors/chain/staking-contract.ts'
import type { Holdings } from '../../ports/chain.ts'
import type { Reader } from './clients.ts'
import { balanceOf, stakedDiemOf } from './uints.ts'

/** See `Chain.holdings`. One round trip. */
export async function holdings({ uints }: Reader, address: Address): Promise<Holdings> {
  const [diem, stakedDiem, usdc] = await uints([
    balanceOf(ADDRESSES.diem, address),
    stakedDiemOf(address),
    balanceOf(ADDRESSES.usdc, address),
  ])
  if (diem == null || stakedDiem == null) throw new NoContractError('the DIEM token', ADDRESSES.diem)
  if (usdc == null) throw new NoContractError('USDC', ADDRESSES.usdc)
  return { diem, stakedDiem, usdc }
}

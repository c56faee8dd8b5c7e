import { encodeFunctionData, parseEther } from 'viem'
import { ADDRESSES, type Address } from '../../src/domain/addresses.ts'
import { diemAbi, stakingAbi } from '../../src/sandbox/contracts/abi.ts'
import type { Sandbox } from '../../src/sandbox/sandbox.ts'
import type { Journey } from './sandbox.ts'
import { sendOwn } from './wallet-actions.ts'

/** Enough to lock for 0.1 DIEM, three times. */
export const DIEM_FUNDS = { eth: parseEther('0.01'), vvv: parseEther('200') }
export const TENTH = parseEther('0.1')

/** A wallet's DIEM on chain, and the sVVV locked for it. Base units. */
export async function diemOf({ chain }: Pick<Sandbox, 'chain'>, address: Address) {
  const [locks, staked, liquid] = await Promise.all([
    chain.public.readContract({
      address: ADDRESSES.staking,
      abi: stakingAbi,
      functionName: 'lockedStakes',
      args: [address],
    }),
    chain.public.readContract({
      address: ADDRESSES.diem,
      abi: diemAbi,
      functionName: 'stakedInfos',
      args: [address],
    }),
    chain.public.readContract({ address: ADDRESSES.diem, abi: diemAbi, functionName: 'balanceOf', args: [address] }),
  ])
  return { locked: locks[0], minted: locks[1], staked: staked[0], liquid }
}

/** Others mint so much that the price of DIEM rises by a step. No transaction, no block. */
export async function raisePrice({ chain }: Pick<Sandbox, 'chain'>): Promise<void> {
  await chain.createWallet({ diem: parseEther('600') })
}

/** The wallet's owner stakes DIEM by hand. */
export async function stakeDiem(sandbox: Sandbox, journey: Journey, amount: bigint): Promise<void> {
  const data = encodeFunctionData({ abi: diemAbi, functionName: 'stake', args: [amount] })
  await sendOwn(sandbox, journey, { to: ADDRESSES.diem, data })
}

import type { Abi } from 'viem'
import { ADDRESSES, type Address } from '../../domain/addresses.ts'
import { diemAbi, erc20Abi, multicallAbi, stakingAbi } from './abi.ts'
import type { ReadClient } from './read-client.ts'
import { revertOf } from './rpc-errors.ts'

/** A view function that returns one `uint256`. */
export interface UintCall {
  address: Address
  abi: Abi
  functionName: string
  args: readonly unknown[]
}

export const balanceOf = (contract: Address, address: Address): UintCall => ({
  address: contract,
  abi: erc20Abi,
  functionName: 'balanceOf',
  args: [address],
})
/** sVVV that is not locked for DIEM. */
export const unlockedOf = (address: Address): UintCall => ({
  address: ADDRESSES.staking,
  abi: stakingAbi,
  functionName: 'balanceOfUnlocked',
  args: [address],
})
/** DIEM staked in its token. */
export const stakedDiemOf = (address: Address): UintCall => ({
  address: ADDRESSES.diem,
  abi: diemAbi,
  functionName: 'stakedInfos',
  args: [address],
})
/** Wei, from Multicall3 in the same call; null on a chain without it. */
export const ethOf = (address: Address): UintCall => ({
  address: ADDRESSES.multicall3,
  abi: multicallAbi,
  functionName: 'getEthBalance',
  args: [address],
})
/** The block of the other numbers of the same call; null on a chain without Multicall3. */
export const blockNumberOf = (): UintCall => ({
  address: ADDRESSES.multicall3,
  abi: multicallAbi,
  functionName: 'getBlockNumber',
  args: [],
})
/** VVV that the staking contract may pull. */
export const allowanceOf = (address: Address): UintCall => ({
  address: ADDRESSES.vvv,
  abi: erc20Abi,
  functionName: 'allowance',
  args: [address, ADDRESSES.staking],
})

/**
 * Reads numbers at one block, by default `latest`. Null: there is no contract, it has no such function, or it reverts.
 * No side effects.
 */
export type ReadUints = (calls: readonly UintCall[], blockNumber?: bigint) => Promise<(bigint | null)[]>

/**
 * All numbers in one call through Multicall3: one view of the chain, and one paid request. Without Multicall3, as on
 * some local chains, one call for each.
 */
export function createUintReader(client: ReadClient): ReadUints {
  const read = createReader(client)
  const waiting = new Map<bigint | undefined, { calls: UintCall[]; numbers: ReturnType<ReadUints> }>()
  return async (calls, blockNumber) => {
    const open = waiting.get(blockNumber)
    const asked = open?.calls ?? []
    const from = asked.push(...calls) - calls.length
    const numbers =
      open?.numbers ??
      Promise.resolve().then(() => {
        waiting.delete(blockNumber)
        return read(asked, blockNumber)
      })
    if (open === undefined) waiting.set(blockNumber, { calls: asked, numbers })
    return (await numbers).slice(from, from + calls.length)
  }
}

function createReader(client: ReadClient): ReadUints {
  let hasMulticall: boolean | null = null

  async function together(calls: readonly UintCall[], blockNumber?: bigint): Promise<(bigint | null)[]> {
    const results = await client.multicall({
      contracts: calls,
      multicallAddress: ADDRESSES.multicall3,
      batchSize: 0,
      ...(blockNumber !== undefined && { blockNumber }),
    })
    return results.map(({ status, result, error }) => (status === 'success' ? (result as bigint) : nothing(error)))
  }

  const oneByOne = (calls: readonly UintCall[], blockNumber?: bigint): Promise<(bigint | null)[]> =>
    Promise.all(
      calls.map((call) =>
        client
          .readContract({ ...call, ...(blockNumber !== undefined && { blockNumber }) })
          .then((result) => result as bigint, nothing),
      ),
    )

  return async (calls, blockNumber) => {
    if (hasMulticall === false) return oneByOne(calls, blockNumber)
    const numbers = await together(calls, blockNumber)
    if (hasMulticall || numbers.some((number) => number !== null)) {
      hasMulticall = true
      return numbers
    }
    // All are null: either Multicall3 or every contract is missing.
    const again = await oneByOne(calls, blockNumber)
    if (again.some((number) => number !== null)) hasMulticall = false
    return again
  }
}

/** Null if the chain does not have it; throws if the endpoint failed. */
function nothing(error: unknown): null {
  if (isAbsent(error) || revertOf(error) !== null) return null
  throw error
}

/** viem's error for a missing contract, or a missing function. */
export const isAbsent = (error: unknown): boolean => error instanceof Error && /returned no data/.test(error.message)

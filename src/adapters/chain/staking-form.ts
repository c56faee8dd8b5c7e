import { encodeFunctionData, getAddress, type Hex, type PublicClient, parseAbi, slice, toFunctionSelector } from 'viem'
import { ADDRESSES, type Address } from '../../domain/addresses.ts'
import { NoContractError, OneArgumentStakingError, StakingNotRecognisedError } from '../../errors/chain.ts'
import { stakingAbi } from './abi.ts'
import { revertOf } from './rpc-errors.ts'

/** `bytes32(uint256(keccak256('eip1967.proxy.implementation')) - 1)`. @see https://eips.ethereum.org/EIPS/eip-1967 */
export const IMPLEMENTATION_SLOT: Hex = '0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc'

/** The form in Venice's published guide; the deployed contract never had it, DIEM has. */
const oneArgumentAbi = parseAbi(['function stake(uint256 amount)'])

const TWO_ARGUMENTS = toFunctionSelector('stake(address,uint256)')
const ONE_ARGUMENT = toFunctionSelector('stake(uint256)')

/** Address in an EIP-1967 slot, or null when the slot is empty. */
export function implementationOf(slot: Hex | undefined): Address | null {
  if (slot === undefined || BigInt(slot) === 0n) return null
  return getAddress(slice(slot, -20))
}

/**
 * Makes sure that the staking contract takes `stake(address recipient, uint256 amount)`: its code must hold that
 * selector and not the one-argument one, and a call from the wallet must not come back empty. No side effects.
 *
 * The proxy can be upgraded without a timelock, so the form is looked at, never assumed. A contract that is not behind
 * a proxy is judged by its own code.
 *
 * @param implementation - as found in the EIP-1967 slot.
 */
export async function requireTwoArgumentStake(
  client: PublicClient,
  { account, implementation }: { account: Address; implementation: Address | null },
): Promise<void> {
  const [code, twoArguments] = await Promise.all([
    client.getCode({ address: implementation ?? ADDRESSES.staking }),
    probe(client, account, encodeFunctionData({ abi: stakingAbi, functionName: 'stake', args: [account, 0n] })),
  ])
  if (code === undefined) throw new NoContractError('Venice’s staking contract', implementation ?? ADDRESSES.staking)
  const has = (selector: Hex) => code?.includes(`63${selector.slice(2)}`) === true
  if (has(TWO_ARGUMENTS) && !has(ONE_ARGUMENT) && twoArguments !== 'absent') return
  const guide = encodeFunctionData({ abi: oneArgumentAbi, functionName: 'stake', args: [0n] })
  const oneArgument = await probe(client, account, guide)
  const facts = [
    `Implementation: ${implementation ?? 'none (not behind a proxy)'}`,
    `stake(address,uint256): ${has(TWO_ARGUMENTS) ? 'in code' : 'not in code'}, ${twoArguments}`,
    `stake(uint256): ${has(ONE_ARGUMENT) ? 'in code' : 'not in code'}, ${oneArgument}`,
  ]
  if (!has(TWO_ARGUMENTS) && has(ONE_ARGUMENT) && twoArguments !== 'present')
    throw new OneArgumentStakingError({ facts })
  throw new StakingNotRecognisedError({ facts })
}

/** absent: reverted with empty data, as a contract without the function does. unclear: the node sent no revert data. */
async function probe(client: PublicClient, account: Address, data: Hex): Promise<'present' | 'absent' | 'unclear'> {
  try {
    await client.call({ account, to: ADDRESSES.staking, data })
    return 'present'
  } catch (error) {
    const revert = revertOf(error)
    if (revert === null) throw error
    if (revert.data === null) return 'unclear'
    return revert.data === '0x' ? 'absent' : 'present'
  }
}

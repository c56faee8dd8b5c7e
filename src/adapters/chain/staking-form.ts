import { encodeFunctionData, getAddress, type Hex, keccak256, parseAbi, slice, toFunctionSelector } from 'viem'
import { ADDRESSES, type Address, isOfRecord } from '../../domain/addresses.ts'
import {
  ImplementationUnknownError,
  NoContractError,
  OneArgumentStakingError,
  StakingNotRecognisedError,
} from '../../errors/chain/staking-contract.ts'
import { stakingAbi } from './abi.ts'
import type { Reader } from './clients.ts'
import type { ReadClient } from './read-client.ts'
import { revertOf } from './rpc-errors.ts'

/** The form in Venice's published guide. The deployed staking contract never had it, but DIEM does. */
const oneArgumentAbi = parseAbi(['function stake(uint256 amount)'])

const TWO_ARGUMENTS = toFunctionSelector('stake(address,uint256)')
const ONE_ARGUMENT = toFunctionSelector('stake(uint256)')
const oneArgumentStake = encodeFunctionData({ abi: oneArgumentAbi, functionName: 'stake', args: [0n] })
const twoArgumentStake = (account: Address): Hex =>
  encodeFunctionData({ abi: stakingAbi, functionName: 'stake', args: [account, 0n] })

/** Address in an EIP-1967 slot, or null when the slot is empty. */
export function implementationOf(slot: Hex | undefined): Address | null {
  if (slot === undefined || BigInt(slot) === 0n) return null
  return getAddress(slice(slot, -20))
}

/**
 * Checks that the code behind the staking proxy is known, and that it has the selector of `stake(address recipient,
 * uint256 amount)` and not the one-argument form. No side effects.
 *
 * The proxy can be upgraded without a timelock, so the form is read, never assumed. Code with the right form may still
 * credit somebody else, so only the implementation of record or the accepted one is used.
 *
 * @param implementation - the address in the EIP-1967 slot.
 * @returns keccak-256 of the code behind the proxy.
 * @throws {NoContractError} {OneArgumentStakingError} {StakingNotRecognisedError} {ImplementationUnknownError}
 */
export async function requireKnownStaking(
  { client, accepted }: Pick<Reader, 'client' | 'accepted'>,
  { account, implementation }: { account: Address; implementation: Address | null },
): Promise<Hex> {
  const code = await client.getCode({ address: implementation ?? ADDRESSES.staking })
  if (code === undefined) throw new NoContractError('Venice’s staking contract', implementation ?? ADDRESSES.staking)
  const has = (selector: Hex) => code.includes(`63${selector.slice(2)}`)
  if (!has(TWO_ARGUMENTS) || has(ONE_ARGUMENT)) {
    const forms = [
      { signature: 'stake(address,uint256)', selector: TWO_ARGUMENTS, data: twoArgumentStake(account) },
      { signature: 'stake(uint256)', selector: ONE_ARGUMENT, data: oneArgumentStake },
    ]
    const [twoArguments = 'unclear', oneArgument] = await Promise.all(
      forms.map(({ data }) => probe(client, account, data)),
    )
    const facts = [
      `Implementation: ${implementation ?? 'none (not behind a proxy)'}`,
      ...forms.map(
        ({ signature, selector }, index) =>
          `${signature}: ${has(selector) ? 'in code' : 'not in code'}, ${[twoArguments, oneArgument][index]}`,
      ),
    ]
    if (!has(TWO_ARGUMENTS) && has(ONE_ARGUMENT) && twoArguments !== 'present')
      throw new OneArgumentStakingError({ facts })
    throw new StakingNotRecognisedError({ facts })
  }
  const hash = keccak256(code)
  const isAccepted = implementation !== null && implementation.toLowerCase() === accepted?.toLowerCase()
  if (isOfRecord(implementation) || isAccepted) return hash
  throw new ImplementationUnknownError(implementation, { facts: [`Keccak-256 of its code: ${hash}`] })
}

/**
 * Checks that a call of `stake` with 0 does not revert with empty data, as a contract without the function does. For
 * endpoints that cannot simulate. No side effects.
 *
 * @throws {StakingNotRecognisedError}
 */
export async function requireStakeAnswers({ client }: Pick<Reader, 'client'>, account: Address): Promise<void> {
  if ((await probe(client, account, twoArgumentStake(account))) !== 'absent') return
  throw new StakingNotRecognisedError({ facts: ['stake(address,uint256): in code, absent'] })
}

/**
 * absent: it reverted with empty data, as a contract without the function does. unclear: the node sent no revert data.
 */
async function probe(client: ReadClient, account: Address, data: Hex): Promise<'present' | 'absent' | 'unclear'> {
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

import {
  decodeFunctionResult,
  encodeAbiParameters,
  encodeFunctionData,
  getAddress,
  type Hex,
  parseAbi,
  parseAbiParameters,
} from 'viem'
import type { Address } from '../../domain/addresses.ts'
import { BATCH_MODE } from '../../domain/batch.ts'
import type { Reader } from './clients.ts'
import type { ReadClient } from './read-client.ts'
import { revertOf } from './rpc-errors.ts'

/** Code of a delegated account: this prefix and 20 bytes. @see https://eips.ethereum.org/EIPS/eip-7702 */
const DELEGATED = /^0xef0100([0-9a-f]{40})$/i

/** The delegate in the code of an account; null if it has none. */
export function delegateIn(code: string | undefined): Address | null {
  const digits = DELEGATED.exec(code ?? '')?.[1]
  return digits === undefined ? null : getAddress(`0x${digits}`)
}

/** See `Chain.delegation`. */
export const delegation = async (client: ReadClient, address: Address): Promise<Address | null> =>
  delegateIn(await client.getCode({ address }))

/** @see https://eips.ethereum.org/EIPS/eip-7821 (checked 2026-11-30) */
const executorAbi = parseAbi([
  'function execute(bytes32 mode, bytes executionData) payable',
  'function supportsExecutionMode(bytes32 mode) view returns (bool)',
])
const callsAbi = parseAbiParameters('(address to, uint256 value, bytes data)[]')

/** Call data with which a delegated account that calls itself makes `calls`, all or none. */
export const executeData = (calls: readonly { to: Address; data: Hex }[]): Hex =>
  encodeFunctionData({
    abi: executorAbi,
    functionName: 'execute',
    args: [BATCH_MODE, encodeAbiParameters(callsAbi, [calls.map((call) => ({ ...call, value: 0n }))])],
  })

/** Whether the code of a delegated account says that it makes several calls in one transaction. No side effects. */
export async function makesBatches(
  { client, atBlock }: Pick<Reader, 'client' | 'atBlock'>,
  { account, blockNumber }: { account: Address; blockNumber: bigint },
): Promise<boolean> {
  const data = encodeFunctionData({ abi: executorAbi, functionName: 'supportsExecutionMode', args: [BATCH_MODE] })
  try {
    const { data: answer } = await atBlock(() => client.call({ to: account, data, blockNumber }))
    return answer !== undefined && isYes(answer)
  } catch (error) {
    // Code without the function reverts.
    if (revertOf(error) !== null) return false
    throw error
  }
}

function isYes(data: Hex): boolean {
  try {
    return decodeFunctionResult({ abi: executorAbi, functionName: 'supportsExecutionMode', data })
  } catch {
    return false
  }
}

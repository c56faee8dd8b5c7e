import { type PublicClient, serializeTransaction, size } from 'viem'
import { ADDRESSES, type Address, type Hex } from '../../domain/addresses.ts'
import type { Fees } from '../../domain/fees.ts'
import { gasPriceOracleAbi } from './abi.ts'
import { revertOf } from './rpc-errors.ts'

/** L1 fees move while a transaction waits. */
const L1_MARGIN_PERCENT = 100n

/** Wei of L1 data and operator fee with margin; 0 on a chain without the oracle, which charges none. No side effects. */
export async function l1FeeOf(
  client: PublicClient,
  { chainId, account, nonce, fees }: { chainId: number; account: Address; nonce: number; fees: Fees },
  { to, data, gas }: { to: Address; data: Hex; gas: bigint },
): Promise<bigint> {
  const unsigned = serializeTransaction({ type: 'eip1559', chainId, nonce, ...fees, gas, to, data })
  const read = (functionName: 'getL1FeeUpperBound' | 'getOperatorFee', argument: bigint) =>
    client
      .readContract({
        account,
        address: ADDRESSES.gasPriceOracle,
        abi: gasPriceOracleAbi,
        functionName,
        args: [argument],
      })
      .catch((error: unknown) => {
        if (revertOf(error) !== null || isAbsent(error)) return 0n
        throw error
      })
  const [l1Fee, operatorFee] = await Promise.all([
    read('getL1FeeUpperBound', BigInt(size(unsigned))),
    read('getOperatorFee', gas),
  ])
  return (l1Fee * (100n + L1_MARGIN_PERCENT)) / 100n + operatorFee
}

/** viem's way of saying that there is no contract, or that it has no such function. */
const isAbsent = (error: unknown): boolean => error instanceof Error && /returned no data/.test(error.message)

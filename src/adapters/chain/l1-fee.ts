import { serializeTransaction, size } from 'viem'
import { ADDRESSES, type Address, type Hex } from '../../domain/addresses.ts'
import type { Fees } from '../../domain/fees.ts'
import { gasPriceOracleAbi } from './abi.ts'
import type { UintCall } from './uints.ts'

/** L1 fees change while a transaction waits. */
const L1_MARGIN_PERCENT = 100n

interface Unsigned {
  chainId: number
  nonce: number
  fees: Fees
  to: Address
  data: Hex
  gas: bigint
}

/** The calls whose answers `l1Fee` needs. */
export function l1FeeCalls({ chainId, nonce, fees, to, data, gas }: Unsigned): UintCall[] {
  const unsigned = serializeTransaction({ type: 'eip1559', chainId, nonce, ...fees, gas, to, data })
  const ask = (functionName: string, argument: bigint): UintCall => ({
    address: ADDRESSES.gasPriceOracle,
    abi: gasPriceOracleAbi,
    functionName,
    args: [argument],
  })
  return [ask('getL1FeeUpperBound', BigInt(size(unsigned))), ask('getOperatorFee', gas)]
}

/** Wei of L1 data fee and operator fee with margin; 0 on a chain without the oracle, which charges none. */
export const l1Fee = ([dataFee, operatorFee]: readonly (bigint | null | undefined)[]): bigint =>
  ((dataFee ?? 0n) * (100n + L1_MARGIN_PERCENT)) / 100n + (operatorFee ?? 0n)

import { keccak256, parseTransaction } from 'viem'
import type { Hex } from '../../domain/addresses.ts'
import type { SignedTransaction } from '../../domain/attempt.ts'
import { senderOf } from '../sender-of.ts'

/** See `Chain.decode`. Sends no request. */
export async function decode(raw: Hex): Promise<SignedTransaction | null> {
  try {
    const bytes = raw as `0x02${string}` // parseTransaction checks this: it throws for any other type.
    const transaction = parseTransaction(bytes)
    // Our transactions never have an access list, which would be signed and cost gas.
    if (transaction.type !== 'eip1559' || (transaction.accessList?.length ?? 0) > 0) return null
    const { chainId, nonce = 0, gas = 0n, maxFeePerGas = 0n, maxPriorityFeePerGas = 0n, value = 0n } = transaction
    return {
      from: await senderOf(bytes),
      chainId,
      nonce,
      gas: gas.toString(),
      maxFeePerGas: maxFeePerGas.toString(),
      maxPriorityFeePerGas: maxPriorityFeePerGas.toString(),
      to: transaction.to ?? null,
      data: transaction.data ?? '0x',
      value: value.toString(),
      hash: keccak256(bytes),
    }
  } catch {
    return null
  }
}

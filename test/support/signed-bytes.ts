import type { Hex } from '../../src/domain/addresses.ts'
import type { Draft, SignedTransaction } from '../../src/domain/attempt.ts'

/** Stands for signed bytes in a test without keys: not RLP, but all that is signed is in them, and their hash. */
export function bytesOf(
  { from, chainId, nonce, gas, maxFeePerGas, maxPriorityFeePerGas, to, data }: Omit<Draft, 'purpose'>,
  hash: Hex,
): Hex {
  const fields: SignedTransaction = {
    from,
    chainId,
    nonce,
    gas,
    maxFeePerGas,
    maxPriorityFeePerGas,
    to,
    data,
    value: '0',
    hash,
  }
  return `0x02${Buffer.from(JSON.stringify(fields)).toString('hex')}`
}

/** What such bytes say; null for any others. */
export async function decodeBytes(raw: Hex): Promise<SignedTransaction | null> {
  try {
    return JSON.parse(Buffer.from(raw.slice(4), 'hex').toString()) as SignedTransaction
  } catch {
    return null
  }
}

import type { Hex } from '../../src/domain/addresses.ts'
import type { Draft, SignedTransaction } from '../../src/domain/attempt.ts'

/** Stands for signed bytes in a test without keys: not RLP, but with all signed fields, and their hash. */
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
  return `0x02${hexOf(JSON.stringify(fields))}`
}

/** The fields of such bytes; null for any others. */
export async function decodeBytes(raw: Hex): Promise<SignedTransaction | null> {
  try {
    return JSON.parse(textOf(raw.slice(4))) as SignedTransaction
  } catch {
    return null
  }
}

/** Without Node's buffers: these tests run in a browser, too. */
const hexOf = (text: string): string =>
  [...new TextEncoder().encode(text)].map((byte) => byte.toString(16).padStart(2, '0')).join('')

const textOf = (hex: string): string =>
  new TextDecoder().decode(Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16)))

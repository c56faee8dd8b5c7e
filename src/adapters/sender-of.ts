import { recoverTransactionAddress } from 'viem'
import type { Address } from '../domain/addresses.ts'

/** Transactions whose senders are remembered: more than one run has at a time. */
const MOST = 16

const senders = new Map<string, Promise<Address>>()

/**
 * Who signed a serialized EIP-1559 transaction. It takes some milliseconds, and signer, gate and broadcast each check the same
 * bytes: what was recovered of the last ones is remembered. No side effects. Rejects for bytes that are no such transaction.
 */
export function senderOf(bytes: `0x02${string}`): Promise<Address> {
  const known = senders.get(bytes)
  if (known !== undefined) return known
  const sender = recoverTransactionAddress({ serializedTransaction: bytes })
  const [oldest] = senders.keys()
  if (senders.size >= MOST && oldest !== undefined) senders.delete(oldest)
  senders.set(bytes, sender)
  return sender
}

import { keccak256, recoverTransactionAddress, serializeTransaction, type Transaction } from 'viem'
import { type Address, type Hex, isSameAddress } from '../../domain/addresses.ts'
import type { NonceUse } from '../../ports/chain.ts'
import type { ReadClient } from './read-client.ts'
import { minedUnder } from './whereabouts.ts'

/**
 * See `Chain.usedBy`. A transaction counts only with the wallet's own signature, which is checked here. An endpoint can
 * claim that a nonce is used, but cannot forge the transaction that used it.
 */
export async function usedBy(client: ReadClient, slot: { address: Address; nonce: number }): Promise<NonceUse | null> {
  const mined = await minedUnder(client, slot)
  if (mined === null || mined.blockNumber === null) return null
  if (mined.nonce !== slot.nonce || !(await isSignedBy(mined, slot.address))) return null
  const [final, { status }] = await Promise.all([
    isFinal(client, mined.blockNumber),
    client.getTransactionReceipt({ hash: mined.hash }),
  ])
  return { hash: mined.hash, isFinal: final, isReverted: status === 'reverted' }
}

async function isSignedBy(transaction: Transaction, address: Address): Promise<boolean> {
  try {
    const { r, s, v, yParity } = transaction
    const signature = { r, s, ...(yParity === undefined ? { v } : { yParity }) } as { r: Hex; s: Hex; yParity: number }
    const { input: data, ...fields } = transaction
    // viem's form of a received transaction equals that of a signed one, except for the name of the data field.
    const bytes = serializeTransaction({ ...fields, data } as Parameters<typeof serializeTransaction>[0], signature)
    if (keccak256(bytes) !== transaction.hash) return false
    const signer = await recoverTransactionAddress({ serializedTransaction: bytes as `0x02${string}` })
    return isSameAddress(signer, address)
  } catch {
    return false
  }
}

/**
 * `safe` is enough: its batch is on Ethereum, about two minutes after the block. For an endpoint without the tag,
 * nothing is final. @see https://docs.base.org/base-chain/network-information/transaction-finality (checked 2026-11-22)
 */
async function isFinal(client: ReadClient, blockNumber: bigint): Promise<boolean> {
  try {
    const { number } = await client.getBlock({ blockTag: 'safe' })
    return number >= blockNumber
  } catch {
    return false
  }
}

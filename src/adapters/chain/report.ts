import {
  type Hex,
  type PublicClient,
  TransactionNotFoundError,
  type TransactionReceipt,
  TransactionReceiptNotFoundError,
} from 'viem'
import { ADDRESSES, type Address } from '../../domain/addresses.ts'
import type { Attempt, AttemptReport, ChainReport } from '../../domain/attempt.ts'
import { RpcError } from '../../errors/chain.ts'
import type { Reader } from './clients.ts'
import { allowanceOf, balanceOf } from './uints.ts'

type Unmined = Extract<AttemptReport['status'], 'pending' | 'missing' | 'superseded'>

/**
 * See `Chain.report`. One round trip, and a second one for attempts without a receipt: once a block, because pool and
 * nonce tell nothing new before the next.
 */
export function createReporter({ client, uints }: Reader) {
  let last: { block: bigint; nonce: number; unmined: Map<string, Unmined> } | null = null

  async function lookFor(address: Address, attempts: readonly Attempt[], block: bigint) {
    if (last?.block === block && attempts.every(({ hash }) => last?.unmined.has(hash))) return last
    const [nonce, ...known] = await Promise.all([
      client.getTransactionCount({ address, blockTag: 'latest' }),
      ...attempts.map(({ hash }) => isInPool(client, hash)),
    ])
    const unmined = attempts.map((attempt, index): [string, Unmined] => [
      attempt.hash,
      known[index] ? 'pending' : nonce > attempt.nonce ? 'superseded' : 'missing',
    ])
    return { block, nonce, unmined: new Map(unmined) }
  }

  return async (address: Address, attempts: readonly Attempt[]): Promise<ChainReport> => {
    const [block, [sVvv, allowance], ...receipts] = await Promise.all([
      client.getBlock({ blockTag: 'latest' }),
      uints([balanceOf(ADDRESSES.staking, address), allowanceOf(address)]),
      ...attempts.map((attempt) => receiptOf(client, attempt)),
    ])
    if (sVvv == null || allowance == null) throw new RpcError('it shows no contract where one was.')
    const unmined = attempts.filter((_, index) => receipts[index] == null)
    const look = unmined.length === 0 ? null : await lookFor(address, unmined, block.number)
    last = look
    return {
      attempts: attempts.map((attempt, index) => reportOf(attempt, receipts[index] ?? null, look?.unmined)),
      head: {
        number: block.number.toString(),
        timestamp: Number(block.timestamp),
        baseFeePerGas: (block.baseFeePerGas ?? 0n).toString(),
      },
      nonce: look?.nonce ?? null,
      sVvv: sVvv.toString(),
      allowance: allowance.toString(),
    }
  }
}

/** The receipt of this very transaction; a node that answers with another one's is not believed. */
export async function receiptOf(client: PublicClient, { hash }: Attempt): Promise<TransactionReceipt | null> {
  try {
    const receipt = await client.getTransactionReceipt({ hash })
    return receipt.transactionHash === hash ? receipt : null
  } catch (error) {
    if (error instanceof TransactionReceiptNotFoundError) return null
    throw error
  }
}

function reportOf(
  { hash }: Attempt,
  receipt: TransactionReceipt | null,
  unmined: ReadonlyMap<string, Unmined> | undefined,
): AttemptReport {
  if (receipt === null) {
    return { hash, status: unmined?.get(hash) ?? 'missing', blockNumber: null, gasUsed: null, feeWei: null }
  }
  return {
    hash,
    status: receipt.status === 'success' ? 'mined' : 'reverted',
    blockNumber: receipt.blockNumber.toString(),
    gasUsed: receipt.gasUsed.toString(),
    feeWei: feeOf(receipt).toString(),
  }
}

async function isInPool(client: PublicClient, hash: Attempt['hash']): Promise<boolean> {
  try {
    await client.getTransaction({ hash })
    return true
  } catch (error) {
    if (error instanceof TransactionNotFoundError) return false
    throw error
  }
}

/** Wei paid; Base adds the L1 data fee to the receipt, as hex. */
function feeOf(receipt: TransactionReceipt & { l1Fee?: Hex | null }): bigint {
  return receipt.gasUsed * receipt.effectiveGasPrice + BigInt(receipt.l1Fee ?? 0)
}

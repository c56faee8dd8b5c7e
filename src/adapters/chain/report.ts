import {
  type Hex,
  type PublicClient,
  TransactionNotFoundError,
  type TransactionReceipt,
  TransactionReceiptNotFoundError,
} from 'viem'
import { ADDRESSES, type Address } from '../../domain/addresses.ts'
import type { Attempt, AttemptReport, ChainReport } from '../../domain/attempt.ts'
import { erc20Abi } from './abi.ts'

/** See `Chain.report`. One round trip, and a second one only for attempts without a receipt. */
export async function report(
  client: PublicClient,
  address: Address,
  attempts: readonly Attempt[],
): Promise<ChainReport> {
  const [block, sVvv, allowance, ...receipts] = await Promise.all([
    client.getBlock({ blockTag: 'latest' }),
    client.readContract({ address: ADDRESSES.staking, abi: erc20Abi, functionName: 'balanceOf', args: [address] }),
    client.readContract({
      address: ADDRESSES.vvv,
      abi: erc20Abi,
      functionName: 'allowance',
      args: [address, ADDRESSES.staking],
    }),
    ...attempts.map((attempt) => receiptOf(client, attempt)),
  ])
  const unmined = attempts.some((_, index) => receipts[index] == null)
  const mined = unmined ? client.getTransactionCount({ address, blockTag: 'latest' }) : Promise.resolve(0)
  return {
    attempts: await Promise.all(
      attempts.map((attempt, index) => reportOf(client, attempt, receipts[index] ?? null, mined)),
    ),
    head: {
      number: block.number.toString(),
      timestamp: Number(block.timestamp),
      baseFeePerGas: (block.baseFeePerGas ?? 0n).toString(),
    },
    nonce: unmined ? await mined : null,
    sVvv: sVvv.toString(),
    allowance: allowance.toString(),
  }
}

/** The receipt of this very transaction; a node that answers with another one's is not believed. */
async function receiptOf(client: PublicClient, { hash }: Attempt): Promise<TransactionReceipt | null> {
  try {
    const receipt = await client.getTransactionReceipt({ hash })
    return receipt.transactionHash === hash ? receipt : null
  } catch (error) {
    if (error instanceof TransactionReceiptNotFoundError) return null
    throw error
  }
}

async function reportOf(
  client: PublicClient,
  { hash, nonce }: Attempt,
  receipt: TransactionReceipt | null,
  mined: Promise<number>,
): Promise<AttemptReport> {
  if (receipt !== null) {
    return {
      hash,
      status: receipt.status === 'success' ? 'mined' : 'reverted',
      blockNumber: receipt.blockNumber.toString(),
      gasUsed: receipt.gasUsed.toString(),
      feeWei: feeOf(receipt).toString(),
    }
  }
  const [isKnown, minedNonce] = await Promise.all([isInPool(client, hash), mined])
  const status = isKnown ? 'pending' : minedNonce > nonce ? 'superseded' : 'missing'
  return { hash, status, blockNumber: null, gasUsed: null, feeWei: null }
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

import {
  type Hex,
  keccak256,
  numberToHex,
  parseTransaction,
  recoverTransactionAddress,
  type TransactionSerialized,
} from 'viem'
import type { JsonRpcError, NodeRpc } from './node-rpc.ts'

/**
 * Gas one transaction may ask for on Base (EIP-7825).
 * @see https://eips.ethereum.org/EIPS/eip-7825 (checked 2026-11-22)
 */
const MAX_TRANSACTION_GAS = 16_777_216n
const DELEGATION_PREFIX = '0xef0100'

interface PoolTransaction {
  hash: Hex
  gasPrice?: Hex
  maxFeePerGas?: Hex
  maxPriorityFeePerGas?: Hex
}

/**
 * Applies the rules of Base's transaction pool that anvil lacks: the gas cap, replacement only at +10 % on both fees, and
 * one transaction in flight for an account with delegated code. No side effects.
 *
 * @returns Base's error, or undefined if anvil may get the transaction.
 * @see https://github.com/ethereum/go-ethereum/blob/master/core/txpool/legacypool/legacypool.go (checked 2026-11-22)
 */
export async function refusal(node: NodeRpc, raw: Hex): Promise<JsonRpcError | undefined> {
  const serializedTransaction = raw as TransactionSerialized // parsing throws if it is not one
  const parsed = await parse(serializedTransaction)
  if (!parsed) return undefined
  const { sender, nonce, gas, maxFee, tip } = parsed
  if (gas > MAX_TRANSACTION_GAS) return error('exceeds maximum per-transaction gas limit')

  const call = (method: string, ...params: unknown[]) => node.request({ method, params })
  const [code, latest, pending] = await Promise.all([
    call('eth_getCode', sender, 'latest') as Promise<Hex>,
    call('eth_getTransactionCount', sender, 'latest').then(Number),
    call('eth_getTransactionCount', sender, 'pending').then(Number),
  ])
  if (nonce < latest) return undefined
  const same = (await call('eth_getTransactionBySenderAndNonce', sender, numberToHex(nonce))) as PoolTransaction | null
  if (same?.hash === keccak256(raw)) return undefined
  if (same) {
    const oldMaxFee = BigInt(same.maxFeePerGas ?? same.gasPrice ?? 0)
    const oldTip = BigInt(same.maxPriorityFeePerGas ?? same.gasPrice ?? 0)
    const enough = maxFee * 10n >= oldMaxFee * 11n && tip * 10n >= oldTip * 11n
    return enough ? undefined : error('replacement transaction underpriced')
  }
  if (!code.startsWith(DELEGATION_PREFIX)) return undefined
  if (pending > latest) return error('in-flight transaction limit reached for delegated accounts')
  return nonce > latest ? error('gapped-nonce tx from delegated accounts') : undefined
}

async function parse(serializedTransaction: TransactionSerialized) {
  try {
    const transaction = parseTransaction(serializedTransaction)
    const { nonce = 0, gas = 0n, gasPrice = 0n, maxFeePerGas = gasPrice, maxPriorityFeePerGas = gasPrice } = transaction
    const sender = await recoverTransactionAddress({ serializedTransaction })
    return { sender, nonce, gas, maxFee: maxFeePerGas, tip: maxPriorityFeePerGas }
  } catch {
    return undefined
  }
}

const error = (message: string): JsonRpcError => ({ code: -32000, message })

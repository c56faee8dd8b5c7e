import {
  decodeFunctionData,
  type Hex,
  keccak256,
  serializeTransaction,
  type Transaction,
  TransactionNotFoundError,
  type TransactionReceipt,
  TransactionReceiptNotFoundError,
  type TransactionSerializable,
} from 'viem'
import { ADDRESSES, type Address, BASE_CHAIN_ID, isSameAddress } from '../../domain/addresses.ts'
import { max } from '../../domain/amounts.ts'
import type { Attempt } from '../../domain/attempt.ts'
import { TransactionNotAdoptableError, UnknownTransactionError } from '../../errors/adopt.ts'
import { WrongChainError } from '../../errors/chain/endpoints.ts'
import { NoContractError } from '../../errors/chain/staking-contract.ts'
import { erc20Abi, stakingAbi } from './abi.ts'
import type { Reader } from './clients.ts'
import type { ReadClient } from './read-client.ts'
import { balanceOf } from './uints.ts'

/**
 * See `Chain.sent`. Two round trips: the transaction, then sVVV and the nonce at one block. The nonce shows whether the
 * transaction is in that state; a receipt may come from a node ahead of or behind the one with the balance.
 */
export async function sent(
  { client, uints, atBlock }: Pick<Reader, 'client' | 'uints' | 'atBlock'>,
  { address, hash, readAt }: { address: Address; hash: Hex; readAt: string },
): Promise<Attempt> {
  const [chainId, transaction, receipt, head] = await Promise.all([
    client.getChainId(),
    transactionOf(client, hash),
    receiptOf(client, hash),
    client.getBlock({ blockTag: 'latest' }),
  ])
  if (chainId !== BASE_CHAIN_ID) throw new WrongChainError(chainId)
  const refuse = (why: string) => new TransactionNotAdoptableError(hash, why)
  if (transaction.from.toLowerCase() !== address.toLowerCase()) throw refuse(`it is from ${transaction.from}`)
  if (receipt?.status === 'reverted') throw refuse('it was mined and reverted')
  if (transaction.value !== 0n) throw refuse('it also sends ETH')
  const call = callOf(transaction, address)
  if (typeof call === 'string') throw refuse(call)
  const { purpose, amount } = call
  const blockNumber = max(head.number, receipt?.blockNumber ?? 0n)
  const [nonce, [sVvv]] = await Promise.all([
    atBlock(() => client.getTransactionCount({ address, blockNumber })),
    atBlock(() => uints([balanceOf(ADDRESSES.staking, address)], blockNumber)),
  ])
  if (sVvv == null) throw new NoContractError('Venice’s staking contract', ADDRESSES.staking)
  // A mined stake shows in the balance; a pending one will be added to it.
  const expected = purpose === 'approve' ? amount : nonce > transaction.nonce ? sVvv : sVvv + amount
  if (purpose === 'stake' && expected < amount) throw refuse('what it staked has been unstaked since')
  return {
    purpose,
    chainId,
    from: address,
    to: purpose === 'approve' ? ADDRESSES.vvv : ADDRESSES.staking,
    data: transaction.input,
    nonce: transaction.nonce,
    gas: transaction.gas.toString(),
    maxFeePerGas: (transaction.maxFeePerGas ?? transaction.gasPrice ?? 0n).toString(),
    maxPriorityFeePerGas: (transaction.maxPriorityFeePerGas ?? transaction.gasPrice ?? 0n).toString(),
    // Unknown before it is mined; then the paid fee replaces it.
    l1Fee: '0',
    amount: amount.toString(),
    expected: expected.toString(),
    hash,
    raw: rawOf(transaction, refuse),
    restsOn: null,
    status: 'sent',
    signedAt: readAt,
    blockNumber: null,
    gasUsed: null,
    feeWei: null,
  }
}

async function transactionOf(client: ReadClient, hash: Hex): Promise<Transaction> {
  try {
    return await client.getTransaction({ hash })
  } catch (error) {
    if (error instanceof TransactionNotFoundError) throw new UnknownTransactionError()
    throw error
  }
}

async function receiptOf(client: ReadClient, hash: Hex): Promise<TransactionReceipt | null> {
  try {
    return await client.getTransactionReceipt({ hash })
  } catch (error) {
    if (error instanceof TransactionReceiptNotFoundError) return null
    throw error
  }
}

/** What it does for this wallet's stake, or why it does nothing. */
function callOf(
  { to, input }: Transaction,
  address: Address,
): { purpose: 'approve' | 'stake'; amount: bigint } | string {
  const isTo = (contract: Address) => to?.toLowerCase() === contract.toLowerCase()
  if (!isTo(ADDRESSES.vvv) && !isTo(ADDRESSES.staking)) return `it calls ${to ?? 'nothing'}`
  try {
    if (isTo(ADDRESSES.vvv)) {
      const { functionName, args } = decodeFunctionData({ abi: erc20Abi, data: input })
      if (functionName !== 'approve') return 'it does not approve VVV'
      const [spender, amount] = args
      return spender === ADDRESSES.staking ? { purpose: 'approve', amount } : `it approves ${spender}`
    }
    const { functionName, args } = decodeFunctionData({ abi: stakingAbi, data: input })
    if (functionName !== 'stake') return 'it does not stake'
    const [recipient, amount] = args
    return isSameAddress(recipient, address) ? { purpose: 'stake', amount } : `it stakes for ${recipient}`
  } catch {
    return 'it makes a call that is neither approve nor stake'
  }
}

/** The signed bytes, so that they can be sent again. Bytes with another hash are refused. */
function rawOf(transaction: Transaction, refuse: (why: string) => Error): Hex {
  const { input: data, r, s, v, yParity, ...fields } = transaction
  const signature = { r, s, ...(yParity === undefined ? { v } : { yParity }) }
  const raw = serializeTransaction({ ...fields, data } as TransactionSerializable, signature as never)
  if (keccak256(raw) !== transaction.hash) throw refuse('the endpoint does not tell all of it')
  return raw
}

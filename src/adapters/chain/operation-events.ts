import {
  decodeEventLog,
  encodeEventTopics,
  type Hex,
  numberToHex,
  pad,
  parseAbi,
  type TransactionReceipt,
  TransactionReceiptNotFoundError,
} from 'viem'
import type { Address } from '../../domain/addresses.ts'
import type { Attempt } from '../../domain/attempt.ts'
import type { Bundler } from './bundler.ts'
import type { ReadClient } from './read-client.ts'
import { firstBlockWhere } from './whereabouts.ts'

const entryPointAbi = parseAbi([
  'function getNonce(address sender, uint192 key) view returns (uint256)',
  'event UserOperationEvent(bytes32 indexed userOpHash, address indexed sender, address indexed paymaster, uint256 nonce, bool success, uint256 actualGasCost, uint256 actualGasUsed)',
])
const [OPERATION_EVENT] = encodeEventTopics({ abi: entryPointAbi, eventName: 'UserOperationEvent' })

/** Everything that an account sends without knowing another key goes one after the other under this one. */
const KEY = 0n

/** An operation that a transaction of the chain made. */
export interface Made {
  hash: Hex
  isSuccess: boolean
  gasUsed: bigint
  /** Wei of the account. */
  cost: bigint
  receipt: TransactionReceipt
}

interface Parts {
  client: ReadClient
  entryPoint: Address
  /** The account's. */
  address: Address
  bundler: Pick<Bundler, 'transactionOf'>
}

/** What the chain shows of the operations of an account. Whoever names a transaction, EntryPoint’s event has to be in it. */
export function createOperationEvents({ client, entryPoint, address, bundler }: Parts) {
  /** The next nonce of the account. */
  const nonceAt = async (blockNumber?: bigint): Promise<number> => {
    const nonce = await client.readContract({
      address: entryPoint,
      abi: entryPointAbi,
      functionName: 'getNonce',
      args: [address, KEY],
      ...(blockNumber !== undefined && { blockNumber }),
    })
    return Number(nonce)
  }

  /** What EntryPoint tells of an operation in `receipt`: nobody else can make that event. */
  function madeIn(receipt: TransactionReceipt, is: (event: { hash: Hex; nonce: bigint }) => boolean): Made | null {
    for (const { address: at, topics, data } of receipt.logs) {
      if (at.toLowerCase() !== entryPoint.toLowerCase()) continue
      const event = eventIn({ topics, data })
      if (event === null || event.sender.toLowerCase() !== address.toLowerCase() || !is(event)) continue
      const { hash, success: isSuccess, actualGasUsed: gasUsed, actualGasCost, paymaster } = event
      const cost = BigInt(paymaster) === 0n ? actualGasCost : 0n
      return { hash, isSuccess, gasUsed, cost, receipt }
    }
    return null
  }

  /** By the transaction that the record or the bundler names. */
  async function madeOf(attempt: Attempt): Promise<Made | null> {
    const operation = attempt.intent ?? attempt.hash
    const transaction = attempt.hash === operation ? await bundler.transactionOf(operation) : attempt.hash
    const receipt = transaction === null ? null : await receiptOf(client, transaction)
    return receipt && madeIn(receipt, ({ hash }) => hash === operation)
  }

  /** The operation of the account that used `nonce`, found by the block in which EntryPoint counted it. */
  async function userOf(nonce: number): Promise<Made | null> {
    const block = await firstBlockWhere(client, async (number) => (await nonceAt(number)) > nonce, nonce)
    const [fromBlock, toBlock] = [numberToHex(block), numberToHex(block)]
    const logs = await client.request({
      method: 'eth_getLogs',
      params: [{ address: entryPoint, topics: [OPERATION_EVENT, null, pad(address)], fromBlock, toBlock }],
    })
    for (const { transactionHash } of logs) {
      if (transactionHash === null) continue
      const receipt = await receiptOf(client, transactionHash)
      const made = receipt && madeIn(receipt, (event) => Number(event.nonce) === nonce)
      if (made) return made
    }
    return null
  }

  return { nonceAt, madeOf, userOf }
}

/** Null where no node asked has one. */
export const receiptOf = (client: ReadClient, hash: Hex): Promise<TransactionReceipt | null> =>
  client.getTransactionReceipt({ hash }).catch((error: unknown) => {
    if (error instanceof TransactionReceiptNotFoundError) return null
    throw error
  })

function eventIn({ topics, data }: { topics: readonly Hex[]; data: Hex }) {
  try {
    const { args } = decodeEventLog({ abi: entryPointAbi, topics: topics as [Hex, ...Hex[]], data })
    const { userOpHash: hash, ...event } = args
    return { ...event, hash }
  } catch {
    return null
  }
}

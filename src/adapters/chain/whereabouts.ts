import {
  BaseError,
  type Hex,
  keccak256,
  recoverTransactionAddress,
  serializeTransaction,
  type Transaction,
  TransactionNotFoundError,
  type TransactionReceipt,
  type TransactionSerializable,
} from 'viem'
import { type Address, isSameAddress } from '../../domain/addresses.ts'
import { type Attempt, isUnidentified, newestPerNonce } from '../../domain/attempt.ts'
import { RpcError } from '../../errors/chain/endpoints.ts'
import { NonceUsedError } from '../../errors/chain/transactions.ts'
import type { Whereabouts } from '../../ports/chain.ts'
import { readNonces } from './nonces.ts'
import type { ReadClient } from './read-client.ts'
import { nodeText } from './rpc-errors.ts'

/** Seconds: thirty days, at any pace of blocks. Older transactions are not searched for. */
const MAX_DEPTH_SECONDS = 2_592_000n
/** Fewer blocks than this are never thirty days. */
const DEPTH_CHECK_BLOCKS = 4_096n

/** See `Chain.whereabouts`. A few round trips; more if it was mined long ago. */
export async function whereabouts(client: ReadClient, attempt: Attempt): Promise<Whereabouts> {
  const { from: address, nonce } = attempt
  const named = isUnidentified(attempt) ? null : await transactionOf(client, attempt.hash)
  if (named !== null) return placeOf(named, attempt)
  const { mined: latest, pending } = await readNonces(client, address)
  if (latest > nonce) {
    const mined = await minedUnder(client, { address, nonce })
    if (mined === null || !isWhatWasAsked(mined, attempt)) throw new NonceUsedError(nonce)
    return placeOf(mined, attempt)
  }
  if (pending <= nonce) return { status: 'free', isNext: latest === nonce && pending === nonce }
  const waiting = await pendingUnder(client, { address, nonce })
  // Not every endpoint shows pending transactions. It will show when it is mined.
  if (waiting === null || !isWhatWasAsked(waiting, attempt))
    return { status: 'pending', hash: null, differs: [], isCheaper: false }
  // A transaction of the pending block has a block number as well.
  return placeOf({ ...waiting, blockNumber: null }, attempt)
}

const isWhatWasAsked = (transaction: Transaction, attempt: Attempt): boolean =>
  differences(transaction, attempt).length === 0

const placeOf = (transaction: Transaction, attempt: Attempt): Whereabouts => ({
  status: transaction.blockNumber === null ? 'pending' : 'mined',
  hash: transaction.hash,
  differs: differences(transaction, attempt),
  isCheaper: (transaction.maxFeePerGas ?? transaction.gasPrice ?? 0n) < BigInt(attempt.maxFeePerGas),
})

/**
 * Names of the fields in which `transaction` differs from what the wallet was asked for. The wallet may choose the
 * fees.
 */
function differences(transaction: Transaction, attempt: Attempt): string[] {
  const pairs: Record<string, [unknown, unknown]> = {
    from: [transaction.from.toLowerCase(), attempt.from.toLowerCase()],
    chainId: [transaction.chainId ?? attempt.chainId, attempt.chainId],
    nonce: [transaction.nonce, attempt.nonce],
    to: [transaction.to?.toLowerCase(), attempt.to.toLowerCase()],
    data: [transaction.input, attempt.data],
    value: [transaction.value, 0n],
  }
  return Object.keys(pairs).filter((name) => pairs[name]?.[0] !== pairs[name]?.[1])
}

/** anvil's error for a block before its first one. */
const BEFORE_FIRST_BLOCK = /BlockOutOfRange/

interface Slot {
  address: Address
  nonce: number
}

/**
 * The transaction that used `nonce`, or null if its block shows none: an EIP-7702 authorisation uses a nonce as well.
 * The block is found by the wallet's transaction count, which never falls.
 *
 * @throws {RpcError} it was too long ago.
 */
export async function minedUnder(client: ReadClient, { address, nonce }: Slot): Promise<Transaction | null> {
  const block = await firstBlockWhere(
    client,
    async (blockNumber) => (await client.getTransactionCount({ address, blockNumber })) > nonce,
    nonce,
  )
  const { transactions } = await client.getBlock({ blockNumber: block, includeTransactions: true })
  return transactions.find((one) => isUnder(one, { address, nonce })) ?? null
}

/**
 * The first block at which a nonce is used, found by a count that never falls. At the newest block the nonce is used.
 *
 * @throws {RpcError} it is too long ago, or the nodes disagree.
 */
export async function firstBlockWhere(
  client: ReadClient,
  isUsed: (blockNumber: bigint) => Promise<boolean>,
  nonce: number,
): Promise<bigint> {
  const { number: head, timestamp: now } = await client.getBlock({ blockTag: 'latest' })
  const isUsedAt = async (blockNumber: bigint) =>
    blockNumber >= 0n &&
    (await isUsed(blockNumber).catch((error: unknown) => {
      // A chain that starts at a later block has no transactions before it.
      if (BEFORE_FIRST_BLOCK.test(nodeText(error))) return false
      throw error
    }))
  const secondsOf = async (blockNumber: bigint) => (await client.getBlock({ blockNumber })).timestamp
  // This node is behind the one that was asked before.
  if (!(await isUsedAt(head))) throw new RpcError('its nodes disagree about what is mined.')
  let used = head
  let free = head - 1n
  for (let step = 2n; await isUsedAt(free); step *= 2n) {
    used = free
    free = head - step
    if (step >= DEPTH_CHECK_BLOCKS && now - (await secondsOf(used)) > MAX_DEPTH_SECONDS)
      throw new RpcError(`what used nonce ${nonce} was mined too long ago.`)
  }
  while (used - free > 1n) {
    const middle = (used + free) / 2n
    if (await isUsedAt(middle)) used = middle
    else free = middle
  }
  return used
}

async function pendingUnder(client: ReadClient, slot: Slot): Promise<Transaction | null> {
  const block = await client.getBlock({ blockTag: 'pending', includeTransactions: true }).catch(() => null)
  return (block?.transactions as readonly Transaction[] | undefined)?.find((one) => isUnder(one, slot)) ?? null
}

const isUnder = ({ from, nonce }: Pick<Transaction, 'from' | 'nonce'>, slot: Slot): boolean =>
  isSameAddress(from, slot.address) && nonce === slot.nonce

async function transactionOf(client: ReadClient, hash: Hex): Promise<Transaction | null> {
  try {
    return await client.getTransaction({ hash })
  } catch (error) {
    if (error instanceof TransactionNotFoundError) return null
    throw error
  }
}

/**
 * Receipts of the transactions mined with the nonces of `intents`, by the hash of the matching intent. Among several
 * intents with one nonce, that is the one with the same fees, else the last recorded.
 */
export async function receiptsOfIntents(
  client: ReadClient,
  intents: readonly Attempt[],
): Promise<Map<string, TransactionReceipt>> {
  const receipts = new Map<string, TransactionReceipt>()
  for (const { from: address, nonce } of newestPerNonce(intents)) {
    const mined = await minedUnder(client, { address, nonce })
    if (mined === null) continue
    const fitting = intents.filter((intent) => isWhatWasAsked(mined, intent))
    const own = fitting.findLast((intent) => BigInt(intent.maxFeePerGas) === mined.maxFeePerGas) ?? fitting.at(-1)
    if (own !== undefined) receipts.set(own.hash, await client.getTransactionReceipt({ hash: mined.hash }))
  }
  return receipts
}

/**
 * The wallet's transaction that used `nonce`, with its block; null if no block shows one signed by the wallet, or if
 * the endpoint has no blocks that old.
 *
 * @param known - the hash under which it was found before.
 */
export async function userOf(
  client: ReadClient,
  { known, ...slot }: Slot & { known?: Hex },
): Promise<{ hash: Hex; blockNumber: string; isFinal: boolean } | null> {
  try {
    const found = known === undefined ? await minedUnder(client, slot) : await transactionOf(client, known)
    if (found === null || found.blockNumber === null || !(await isSignedBy(found, slot.address))) return null
    const final = await client.getBlock({ blockTag: 'finalized' }).catch(() => null)
    const isFinal = final !== null && found.blockNumber <= final.number
    return { hash: found.hash, blockNumber: found.blockNumber.toString(), isFinal }
  } catch (error) {
    // This evidence is optional: it is known anyway that the nonce is used.
    if (isTransportError(error)) return null
    throw error
  }
}

/** Checks the signature over fields that give the transaction's hash. The endpoint's word does not count. */
async function isSignedBy(transaction: Transaction, address: Address): Promise<boolean> {
  const raw = serialized(transaction)
  if (raw === null || keccak256(raw) !== transaction.hash) return false
  const signer = await recoverTransactionAddress({ serializedTransaction: raw as never })
  return isSameAddress(signer, address)
}

function serialized({ input: data, r, s, v, yParity, ...fields }: Transaction): Hex | null {
  const signature = { r, s, ...(yParity === undefined ? { v } : { yParity }) }
  try {
    return serializeTransaction({ ...fields, data } as TransactionSerializable, signature as never)
  } catch {
    return null
  }
}

const isTransportError = (error: unknown): boolean => error instanceof BaseError || error instanceof RpcError

import { type Hex, TransactionNotFoundError, type TransactionReceipt, TransactionReceiptNotFoundError } from 'viem'
import { ADDRESSES, type Address } from '../../domain/addresses.ts'
import { max } from '../../domain/amounts.ts'
import { type Attempt, type AttemptReport, type ChainReport, isUnidentified } from '../../domain/attempt.ts'
import { keyOf } from '../../domain/sponsoring.ts'
import { RpcError } from '../../errors/chain/endpoints.ts'
import type { Reader } from './clients.ts'
import { hasEvent } from './events.ts'
import { nextNonce } from './nonces.ts'
import type { ReadClient } from './read-client.ts'
import { isBehind } from './rpc-errors.ts'
import { allowanceOf, balanceOf, blockNumberOf, stakedDiemOf } from './uints.ts'
import { receiptsOfIntents, userOf } from './whereabouts.ts'

type Unmined = Extract<AttemptReport['status'], 'pending' | 'missing' | 'superseded'>

interface Head {
  block: bigint
  /** Nonces of attempts that have a receipt. */
  decided: ReadonlySet<number>
}

interface Poll {
  block: bigint
  nonce: number
  unmined: ReadonlyMap<string, Unmined>
  /** By the id of an intent: the receipt of the transaction that was mined for it. */
  found: ReadonlyMap<string, TransactionReceipt>
  /** By nonce: the transaction that superseded an attempt, if a block shows it. */
  usedBy: ReadonlyMap<number, UsedBy>
}

type UsedBy = NonNullable<AttemptReport['usedBy']>

/**
 * See `Chain.report` and `Chain.hasReceipt`. A report takes one round trip, and a second one for attempts without a
 * receipt. The second is made once per block, because pool and nonce tell nothing new before the next.
 */
export function createReporter({ client, uints, atBlock }: Pick<Reader, 'client' | 'uints' | 'atBlock'>) {
  let last: Poll | null = null
  /** The receipt that a quick check found: the full report that follows need not fetch it again. */
  let knownReceipt: TransactionReceipt | null = null

  async function poll(address: Address, attempts: readonly Attempt[], { block, decided }: Head): Promise<Poll> {
    if (last?.block === block && attempts.every(({ hash }) => last?.unmined.has(hash))) return last
    const [nonce, ...known] = await Promise.all([
      client.getTransactionCount({ address, blockTag: 'latest' }),
      ...attempts.map((attempt) => isInPool(client, attempt)),
    ])
    const unmined = attempts.map((attempt, index): [string, Unmined] => {
      const isUsed = nonce > attempt.nonce
      // An attempt that is known only by its nonce becomes unknown when the nonce is used.
      const isPending = known[index] && !(isUsed && isUnidentified(attempt))
      return [attempt.hash, isPending ? 'pending' : isUsed ? 'superseded' : 'missing']
    })
    const lost = attempts.filter(
      (attempt) => attempt.raw === null && attempt.nonce < nonce && !decided.has(attempt.nonce),
    )
    const superseded = attempts.filter(
      ({ hash, nonce: used, raw }) => raw !== null && !decided.has(used) && new Map(unmined).get(hash) === 'superseded',
    )
    return {
      block,
      nonce,
      unmined: new Map(unmined),
      found: await receiptsOfIntents(client, lost),
      usedBy: await usersOf(address, superseded),
    }
  }

  /** After it was found once, only its block is checked again. */
  async function usersOf(address: Address, superseded: readonly Attempt[]): Promise<Map<number, UsedBy>> {
    const users = new Map<number, UsedBy>()
    for (const nonce of new Set(superseded.map((attempt) => attempt.nonce))) {
      const known = last?.usedBy.get(nonce)?.hash
      const used = await userOf(client, { address, nonce, ...(known !== undefined && { known }) })
      // One of our own attempts is mined, and its receipt will follow.
      if (used !== null && !superseded.some(({ hash }) => hash === used.hash)) users.set(nonce, used)
    }
    return users
  }

  async function hasReceipt(attempt: Attempt): Promise<boolean> {
    knownReceipt = await receiptOf(client, attempt)
    return knownReceipt !== null
  }

  async function report(address: Address, attempts: readonly Attempt[]): Promise<ChainReport> {
    const known = knownReceipt
    knownReceipt = null
    const [block, early, ...receipts] = await Promise.all([
      client.getBlock({ blockTag: 'latest' }),
      readBalances(uints, { address, attempts }),
      ...attempts.map((attempt) => (known?.transactionHash === attempt.hash ? known : receiptOf(client, attempt))),
    ])
    const unmined = attempts.filter((_, index) => receipts[index] == null)
    const decided = new Set(attempts.flatMap(({ nonce }, index) => (receipts[index] == null ? [] : [nonce])))
    const polled = unmined.length === 0 ? null : await poll(address, unmined, { block: block.number, decided })
    last = polled
    const minedAt = [...receipts, ...(polled?.found.values() ?? [])]
      .flatMap((receipt) => receipt?.blockNumber ?? [])
      .reduce(max, 0n)
    const balances = await balancesSince({ uints, atBlock }, { minedAt, early, wallet: { address, attempts } })
    return {
      attempts: attempts.map((attempt, index) => reportOf(attempt, receipts[index] ?? null, polled)),
      head: {
        number: max(block.number, minedAt).toString(),
        timestamp: Number(block.timestamp),
        baseFeePerGas: (block.baseFeePerGas ?? 0n).toString(),
      },
      nonce: polled?.nonce ?? null,
      ...balances,
    }
  }

  return { hasReceipt, report }
}

interface Wallet {
  address: Address
  attempts: readonly Attempt[]
}

type Read = Balances & { blockNumber: bigint | null }

/**
 * `early`, or the balances at block `minedAt` if `early` is older: a transaction shows in the state from its block on.
 */
export async function balancesSince(
  { uints, atBlock }: Pick<Reader, 'uints' | 'atBlock'>,
  { minedAt, early: { blockNumber, ...early }, wallet }: { minedAt: bigint; early: Read; wallet: Wallet },
): Promise<Balances> {
  if (minedAt === 0n || (blockNumber !== null && blockNumber >= minedAt)) return early
  try {
    const { blockNumber: _, ...later } = await atBlock(() => readBalances(uints, wallet, minedAt))
    return later
  } catch (error) {
    if (isBehind(error)) return { ...early, isBehind: true }
    throw error
  }
}

type Balances = Pick<ChainReport, 'isBehind' | 'sVvv' | 'allowance' | 'diem' | 'beneficiaries'>

/** The balances that `attempts` change, at one block. `blockNumber` is null if the chain does not tell it. */
export async function readBalances(uints: Reader['uints'], { address, attempts }: Wallet, at?: bigint): Promise<Read> {
  const sponsored = attempts.filter(({ purpose }) => purpose === 'sponsor')
  const beneficiaries = [...new Set(sponsored.flatMap(({ beneficiary }) => beneficiary ?? []))]
  // If another wallet mints, this wallet stakes only for that one.
  const holder = attempts.find(({ purpose }) => purpose === 'stake')?.beneficiary ?? address
  const calls = [
    blockNumberOf(),
    balanceOf(ADDRESSES.staking, holder),
    allowanceOf(address),
    balanceOf(ADDRESSES.diem, address),
    stakedDiemOf(address),
    ...beneficiaries.map((beneficiary) => balanceOf(ADDRESSES.staking, beneficiary)),
  ]
  const [blockNumber = null, sVvv, allowance, liquid, staked, ...held] = await uints(calls, at)
  if (sVvv == null || allowance == null) throw new RpcError('it shows no contract where one was.')
  return {
    blockNumber,
    sVvv: sVvv.toString(),
    allowance: allowance.toString(),
    diem: liquid == null || staked == null ? null : { liquid: liquid.toString(), staked: staked.toString() },
    ...(beneficiaries.length > 0 && {
      beneficiaries: Object.fromEntries(
        beneficiaries.map((beneficiary, index) => [keyOf(beneficiary), (held[index] ?? 0n).toString()]),
      ),
    }),
  }
}

/** The receipt of exactly this transaction. A receipt with another hash is rejected. */
async function receiptOf(client: ReadClient, { hash }: Attempt): Promise<TransactionReceipt | null> {
  try {
    const receipt = await client.getTransactionReceipt({ hash })
    return receipt.transactionHash === hash ? receipt : null
  } catch (error) {
    if (error instanceof TransactionReceiptNotFoundError) return null
    throw error
  }
}

function reportOf(attempt: Attempt, known: TransactionReceipt | null, polled: Poll | null): AttemptReport {
  const { hash } = attempt
  const receipt = known ?? polled?.found.get(hash)
  if (receipt === undefined) {
    const status = polled?.unmined.get(hash) ?? 'missing'
    const usedBy = status === 'superseded' ? polled?.usedBy.get(attempt.nonce) : undefined
    return { hash, status, ...(usedBy !== undefined && { usedBy }), blockNumber: null, gasUsed: null, feeWei: null }
  }
  const isShown = hasEvent(attempt, receipt)
  return {
    hash,
    ...(receipt.transactionHash !== hash && { sentAs: receipt.transactionHash }),
    status: receipt.status === 'success' ? 'mined' : 'reverted',
    ...(isShown !== null && { hasEvent: isShown }),
    blockNumber: receipt.blockNumber.toString(),
    gasUsed: receipt.gasUsed.toString(),
    feeWei: feeOf(receipt).toString(),
  }
}

/** An intent shows only by its used nonce. */
async function isInPool(client: ReadClient, attempt: Attempt): Promise<boolean> {
  const { hash, from: address, nonce } = attempt
  if (isUnidentified(attempt)) return (await nextNonce(client, address)) > nonce
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

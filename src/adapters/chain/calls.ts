import { type Hex, stringToHex, type TransactionReceipt } from 'viem'
import type { Address } from '../../domain/addresses.ts'
import { max } from '../../domain/amounts.ts'
import type { Attempt, AttemptReport, ChainReport, Purpose } from '../../domain/attempt.ts'
import type { CallsBatch } from '../../domain/batch.ts'
import { isCreditedIn } from '../../domain/credited.ts'
import { originOf } from '../../domain/url-secrets.ts'
import { CannotReplaceError, UserOperationsError } from '../../errors/wallet.ts'
import type { CallsAccount, CallsStatus } from '../../ports/account.ts'
import type { TreasuryChain, Whereabouts } from '../../ports/chain.ts'
import type { Clock } from '../../ports/clock.ts'
import { ALONE, type AttemptMaker, accountSurveys, draftFor } from './account-survey.ts'
import type { Reader } from './clients.ts'
import { executeData } from './delegation.ts'
import { hasEvent } from './events.ts'
import { receiptOf } from './operation-events.ts'
import { balancesSince, readBalances } from './report.ts'

/** Gas that stands for what the wallet will make of the calls, for the budget and the balance: all calls, and its own code. */
const ASSUMED_GAS: Partial<Record<Purpose, bigint>> = { stake: 600_000n, mintDiem: 900_000n, stakeDiem: 450_000n }
const assumedGas = (purpose: Purpose): bigint => ASSUMED_GAS[purpose] ?? 0n
/** Of a call id, which is random. */
const ID_BYTES = 32

interface Parts {
  reader: Reader
  account: CallsAccount
  address: Address
  clock: Pick<Clock, 'now' | 'id'>
  /** Wraps each read, so that it rejects with a class of ours. */
  reading<T>(read: Promise<T>, signal?: AbortSignal): Promise<T>
}

/**
 * `chain` for a wallet that makes calls together (EIP-5792): an attempt is known by an id of ours, under which the wallet makes it
 * once. What the wallet says of it leads to transactions; what counts is what the chain shows of those, and of the stake.
 *
 * An attempt has no nonce that is known here, so that it is numbered instead: the next is drafted only once the one before is decided.
 */
export function callsChain(chain: TreasuryChain, { reader, account, address, clock, reading }: Parts): TreasuryChain {
  const { client } = reader
  const paymaster = account.paymasterUrl === undefined ? null : originOf(account.paymasterUrl)
  const refuse = () => Promise.reject(new UserOperationsError(address))

  const maker: AttemptMaker = {
    next: async ({ leastNonce }) => leastNonce,
    async draft(making, slot) {
      const { calls, purpose, batched = ALONE } = making
      const batch: CallsBatch = { via: 'calls', id: stringToHex(clock.id(ID_BYTES)), ...batched, paymaster }
      const data = executeData(calls)
      return draftFor(making, slot, { from: address, data, gas: assumedGas(purpose).toString(), batch })
    },
    assumedFee: (purpose, { maxFeePerGas }) => (paymaster === null ? assumedGas(purpose) * maxFeePerGas : 0n),
    kindOf: ({ kind }) => ({
      account: kind === 'contract' ? 'smart' : kind,
      calls: { isSponsored: paymaster !== null },
    }),
  }
  const surveys = accountSurveys({ reader, address, clock }, maker)

  interface Found {
    told: CallsStatus
    receipt: TransactionReceipt | null
  }

  /** What the wallet tells of an attempt, and the transaction of the chain that made its stake, or else its last. */
  async function find(attempt: Attempt): Promise<Found> {
    const known = isNamedAnew(attempt) ? await receiptOf(client, attempt.hash) : null
    if (known !== null) return { told: { status: 'confirmed', hashes: [known.transactionHash] }, receipt: known }
    const told = await account.status(idOf(attempt))
    const receipts = (await Promise.all(told.hashes.map((hash) => receiptOf(client, hash)))).filter(
      (receipt) => receipt !== null,
    )
    const receipt = receipts.find((one) => hasEvent(attempt, one) === true) ?? receipts.at(-1) ?? null
    return { told, receipt }
  }

  async function report(attempts: readonly Attempt[]): Promise<ChainReport> {
    const wallet = { address, attempts }
    const [block, early, ...found] = await Promise.all([
      client.getBlock({ blockTag: 'latest' }),
      readBalances(reader.uints, wallet),
      ...attempts.map(find),
    ])
    const minedAt = found.map(({ receipt }) => receipt?.blockNumber ?? 0n).reduce(max, 0n)
    const balances = await balancesSince(reader, { minedAt, early, wallet })
    const head = max(block.number, minedAt)
    const reports = attempts.map((attempt, index) => {
      const { told, receipt } = found[index] ?? NOTHING
      const isCredited = isCreditedIn(balances, attempt)
      return reportOf(attempt, { told, receipt, isCredited, head, address })
    })
    const waiting = attempts.filter((_, index) => ['pending', 'missing'].includes(reports[index]?.status ?? ''))
    return {
      attempts: reports,
      // The wallet chooses its fees: none of ours is too low.
      head: { number: head.toString(), timestamp: Number(block.timestamp), baseFeePerGas: '0' },
      nonce: waiting.length === 0 ? null : Math.min(...waiting.map(({ nonce }) => nonce)),
      ...balances,
    }
  }

  async function whereabouts(attempt: Attempt): Promise<Whereabouts> {
    const [{ told, receipt }, balances] = await Promise.all([
      find(attempt),
      readBalances(reader.uints, { address, attempts: [attempt] }),
    ])
    const isMade = receipt !== null || isCreditedIn(balances, attempt)
    if (told.status === 'unknown' && !isMade && !isNamedAnew(attempt)) return { status: 'free', isNext: true }
    const status = isMade ? 'mined' : 'pending'
    return { status, hash: receipt?.transactionHash ?? null, differs: [], isCheaper: false }
  }

  return {
    ...chain,
    get blockTimeMs() {
      return chain.blockTimeMs
    },
    survey: (request, signal) => reading(surveys.survey(request), signal),
    report: (_, attempts, signal) => reading(report(attempts), signal),
    whereabouts: (attempt, signal) => reading(whereabouts(attempt), signal),
    hasReceipt: (attempt, signal) =>
      reading(
        find(attempt).then(({ receipt }) => receipt !== null),
        signal,
      ),
    // No signature of the wallet tells what made the calls: nothing is ever proven dead by that.
    usedBy: async () => null,
    feeMarket: () => Promise.reject(new CannotReplaceError(address)),
    broadcast: refuse,
    sent: refuse,
    revocation: refuse,
    surveyDiem: (request, signal) => reading(surveys.surveyDiem(request), signal),
    surveyTreasury: refuse,
  }
}

const NOTHING = { told: { status: 'unknown', hashes: [] }, receipt: null } as const

/** The wallet has told another hash than the id that it was recorded under. */
const isNamedAnew = ({ hash, intent }: Attempt): boolean => intent !== undefined && hash !== intent

const idOf = ({ batch, hash, intent }: Attempt): Hex => (batch?.via === 'calls' ? batch.id : (intent ?? hash))

interface Seen {
  told: CallsStatus
  receipt: TransactionReceipt | null
  /** The chain shows all that the attempt was to bring. */
  isCredited: boolean
  head: bigint
  address: Address
}

function reportOf(attempt: Attempt, { told, receipt, isCredited, head, address }: Seen): AttemptReport {
  const { hash } = attempt
  const nothing = { hash, blockNumber: null, gasUsed: null, feeWei: null }
  if (receipt !== null) {
    const { transactionHash, blockNumber, gasUsed } = receipt
    const isShown = hasEvent(attempt, receipt)
    const isReverted = receipt.status !== 'success' || (told.status === 'failed' && isShown !== true)
    return {
      hash,
      ...(transactionHash !== hash && { sentAs: transactionHash }),
      status: isReverted ? 'reverted' : 'mined',
      ...(isShown !== null && { hasEvent: isShown }),
      blockNumber: blockNumber.toString(),
      gasUsed: gasUsed.toString(),
      feeWei: feeOf(attempt, receipt, address),
    }
  }
  // The wallet may have forgotten what it made, or know it by another id.
  if (isCredited) return { ...nothing, status: 'mined', blockNumber: head.toString() }
  if (told.status === 'failed') return { ...nothing, status: 'reverted', blockNumber: head.toString() }
  const isOut = told.status !== 'unknown' || isNamedAnew(attempt)
  return { ...nothing, status: isOut ? 'pending' : 'missing' }
}

/** Wei of the wallet; null, which counts as the ceiling, where somebody else sent the transaction and may have charged it. */
function feeOf(
  { batch }: Attempt,
  receipt: TransactionReceipt & { l1Fee?: Hex | null },
  address: Address,
): string | null {
  if (batch?.via === 'calls' && batch.paymaster !== null) return '0'
  if (receipt.from.toLowerCase() !== address.toLowerCase()) return null
  return (receipt.gasUsed * receipt.effectiveGasPrice + BigInt(receipt.l1Fee ?? 0)).toString()
}

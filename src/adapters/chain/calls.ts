import { type Hex, stringToHex, type TransactionReceipt, TransactionReceiptNotFoundError } from 'viem'
import { type Address, BASE_CHAIN_ID } from '../../domain/addresses.ts'
import { max } from '../../domain/amounts.ts'
import { type Attempt, type AttemptReport, type ChainReport, type Draft, maxCost } from '../../domain/attempt.ts'
import type { CallsBatch } from '../../domain/batch.ts'
import { missingStake } from '../../domain/plan.ts'
import { originOf } from '../../domain/url-secrets.ts'
import type { WalletState } from '../../domain/wallet-state.ts'
import { CannotReplaceError, UserOperationsError } from '../../errors/wallet.ts'
import type { CallsAccount, CallsStatus } from '../../ports/account.ts'
import type { SurveyRequest, TreasuryChain, Whereabouts } from '../../ports/chain.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Reader } from './clients.ts'
import { executeData } from './delegation.ts'
import { hasEvent } from './events.ts'
import { requireOwnKey } from './own-key.ts'
import { balancesSince, readBalances } from './report.ts'
import { type Simulation, stakeTogether } from './stake-together.ts'
import { requireKnownStaking } from './staking-form.ts'
import { readWallet, settle, type Wallet, walletStateOf } from './survey.ts'

/** Gas that stands for what the wallet will make of the calls, for the budget and the balance: both calls, and its own code. */
const ASSUMED_GAS = 600_000n
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

  async function survey({ mintAs, stakeAmount, open, leastNonce = 0 }: SurveyRequest): Promise<WalletState> {
    const readAt = new Date(clock.now()).toISOString()
    const [first] = await Promise.all([readWallet(reader, address, mintAs), requireOwnKey(client, mintAs)])
    const code = requireKnownStaking(reader, { account: address, ...first })
    code.catch(() => {})
    const { wallet } = await settle(reader, { address, mintAs, open, leastNonce: 0 }, { ...first, pending: 0 })
    const implementationHash = await code
    const stake = missingStake(stakeAmount, wallet.sVvv)
    const planned = await plan(wallet, { recipient: mintAs ?? address, stake, number: leastNonce })
    return {
      ...walletStateOf(wallet, { readAt, implementationHash, simulation: planned.simulation }),
      account: wallet.kind === 'contract' ? 'smart' : wallet.kind,
      calls: { isSponsored: paymaster !== null },
      ...(mintAs !== undefined && { mintAs }),
      drafts: planned.drafts,
      feeCeiling: planned.feeCeiling.toString(),
    }
  }

  async function plan(
    wallet: Wallet,
    { recipient, stake, number }: { recipient: Address; stake: bigint; number: number },
  ): Promise<{ drafts: Draft[]; feeCeiling: bigint; simulation: Simulation | null }> {
    if (stake === 0n) return { drafts: [], feeCeiling: 0n, simulation: null }
    const {
      approve,
      isShort,
      simulation,
      calls: made,
    } = await stakeTogether(reader, wallet, { address, recipient, stake })
    const { maxFeePerGas, maxPriorityFeePerGas } = wallet.fees
    if (isShort) return { drafts: [], feeCeiling: paymaster === null ? ASSUMED_GAS * maxFeePerGas : 0n, simulation }
    const batch: CallsBatch = {
      via: 'calls',
      id: stringToHex(clock.id(ID_BYTES)),
      approve: (approve ?? 0n).toString(),
      paymaster,
    }
    const draft: Draft = {
      purpose: 'stake',
      chainId: BASE_CHAIN_ID,
      from: address,
      to: address,
      data: executeData(made),
      nonce: number,
      gas: ASSUMED_GAS.toString(),
      maxFeePerGas: maxFeePerGas.toString(),
      maxPriorityFeePerGas: maxPriorityFeePerGas.toString(),
      l1Fee: '0',
      amount: stake.toString(),
      expected: (wallet.sVvv + stake).toString(),
      ...(recipient !== address && { beneficiary: recipient }),
      batch,
    }
    return { drafts: [draft], feeCeiling: maxCost(draft), simulation }
  }

  const receiptOf = (hash: Hex): Promise<TransactionReceipt | null> =>
    client.getTransactionReceipt({ hash }).catch((error: unknown) => {
      if (error instanceof TransactionReceiptNotFoundError) return null
      throw error
    })

  interface Found {
    told: CallsStatus
    receipt: TransactionReceipt | null
  }

  /** What the wallet tells of an attempt, and the transaction of the chain that made its stake, or else its last. */
  async function find(attempt: Attempt): Promise<Found> {
    const known = isNamedAnew(attempt) ? await receiptOf(attempt.hash) : null
    if (known !== null) return { told: { status: 'confirmed', hashes: [known.transactionHash] }, receipt: known }
    const told = await account.status(idOf(attempt))
    const receipts = (await Promise.all(told.hashes.map(receiptOf))).filter((receipt) => receipt !== null)
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
      const isCredited = BigInt(balances.sVvv) >= BigInt(attempt.expected)
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
    const [{ told, receipt }, { sVvv }] = await Promise.all([
      find(attempt),
      readBalances(reader.uints, { address, attempts: [attempt] }),
    ])
    const isMade = receipt !== null || BigInt(sVvv) >= BigInt(attempt.expected)
    if (told.status === 'unknown' && !isMade && !isNamedAnew(attempt)) return { status: 'free', isNext: true }
    const status = isMade ? 'mined' : 'pending'
    return { status, hash: receipt?.transactionHash ?? null, differs: [], isCheaper: false }
  }

  return {
    ...chain,
    get blockTimeMs() {
      return chain.blockTimeMs
    },
    survey: (request, signal) => reading(survey(request), signal),
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
    surveyDiem: refuse,
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

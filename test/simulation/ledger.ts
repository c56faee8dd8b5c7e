import type { Hex } from '../../src/domain/addresses.ts'
import { afterDiemStep } from '../support/diem-steps.ts'
import { readCall, type Transaction } from './transaction.ts'

const FIRST_BLOCK = 1_000
const GAS_USED = 50_000n
/** Wei; the usual base fee. */
const BASE_FEE = 4_500_000n

/** The only wallet, after some block. Base units. */
export interface Account {
  nonce: number
  eth: bigint
  vvv: bigint
  sVvv: bigint
  allowance: bigint
  /** sVVV locked for DIEM. Absent: none, and no DIEM. */
  locked?: bigint
  diem?: bigint
  stakedDiem?: bigint
}

export interface Mined {
  transaction: Transaction
  blockNumber: number
  status: 'success' | 'reverted'
  gasUsed: bigint
  feeWei: bigint
}

export interface Deposit extends Pick<Account, 'eth' | 'vvv'> {
  /** Milliseconds after the start of the chain. */
  afterMs: number
}

interface Pending {
  transaction: Transaction
  /** First block that may include it. */
  from: number
  /** Whether it reverts, whatever it calls. */
  isDoomed: boolean
}

/** How a chain makes blocks. */
export interface Pace {
  /** Milliseconds between blocks, on average. */
  blockMs: number
  /** How much later than due a block may come, as a fraction of `blockMs` below 1. */
  jitter: number
}

export interface LedgerOptions {
  now: () => number
  pace: Pace
  account: Account
  deposit: Deposit | null
}

const maxCost = ({ gas, maxFeePerGas, l1Fee }: Transaction): bigint => gas * maxFeePerGas + l1Fee

/**
 * The truth about the simulated chain and its pool, whatever an endpoint says. Blocks come with virtual time;
 * those without a transaction are not kept.
 */
export function createLedger({ now, pace: { blockMs, jitter }, account: genesis, deposit }: LedgerOptions) {
  const startMs = now()
  const mined: Mined[] = []
  const states = [{ blockNumber: FIRST_BLOCK, account: genesis }]
  const pool = new Map<Hex, Pending>()
  /** Blocks with their own base fee, `to` excluded. */
  let spike = { from: 0, to: 0, baseFee: BASE_FEE }
  let due = deposit && { ...deposit, blockNumber: FIRST_BLOCK + Math.ceil(deposit.afterMs / blockMs) }
  let depositedAt = 0
  let reorganisations = 0

  /** The newest block at a time; a block may come later than it is due. */
  function headAt(ms: number): number {
    const due = Math.max(0, Math.floor((ms - startMs) / blockMs))
    const isLate = ms - startMs < (due + jitter * shareOf(due)) * blockMs
    return FIRST_BLOCK + (isLate && due > 0 ? due - 1 : due)
  }
  const head = (): number => headAt(now())
  const latest = () => states.at(-1) ?? { blockNumber: FIRST_BLOCK, account: genesis }
  const baseFeeAt = (blockNumber: number): bigint =>
    blockNumber >= spike.from && blockNumber < spike.to ? spike.baseFee : BASE_FEE
  /** The first block that may include it. */
  const dueAt = ({ transaction, from }: Pending): number =>
    transaction.maxFeePerGas < baseFeeAt(from) ? spike.to : from
  const at = (blockNumber: number): Account =>
    states.findLast((state) => state.blockNumber <= blockNumber)?.account ?? genesis

  /** Brings the chain up to the present time. */
  function advance(): void {
    for (let block = nextBlock(); block !== null; block = nextBlock()) mineAt(block)
    fundUpTo(head())
  }

  function nextBlock(): number | null {
    const { account, blockNumber } = latest()
    const ready = [...pool.values()].filter(
      ({ transaction }) => transaction.nonce === account.nonce && maxCost(transaction) <= account.eth,
    )
    const block = Math.max(blockNumber, Math.min(...ready.map(dueAt)))
    return block <= head() ? block : null
  }

  function mineAt(blockNumber: number): void {
    fundUpTo(blockNumber)
    const { account } = latest()
    const next = [...pool.values()].find((pending) => {
      const { transaction } = pending
      return transaction.nonce === account.nonce && dueAt(pending) <= blockNumber && maxCost(transaction) <= account.eth
    })
    if (next === undefined) return
    const { transaction, isDoomed } = next
    const after = isDoomed ? null : execute(account, transaction)
    const gasUsed = transaction.gas < GAS_USED ? transaction.gas : GAS_USED
    const feeWei = (gasUsed * transaction.maxFeePerGas) / 2n + transaction.l1Fee
    const paid = { nonce: account.nonce + 1, eth: account.eth - feeWei }
    states.push({ blockNumber, account: { ...account, ...after, ...paid } })
    mined.push({
      transaction,
      blockNumber,
      status: after === null ? 'reverted' : 'success',
      gasUsed,
      feeWei,
    })
    for (const { transaction: other } of [...pool.values()]) if (other.nonce <= account.nonce) pool.delete(other.hash)
  }

  function fundUpTo(blockNumber: number): void {
    if (due === null || due.blockNumber > blockNumber) return
    const { account } = latest()
    const [eth, vvv] = [account.eth + due.eth, account.vvv + due.vvv]
    states.push({ blockNumber: due.blockNumber, account: { ...account, eth, vvv } })
    depositedAt = due.blockNumber
    due = null
  }

  return {
    advance,
    head,
    headAt,
    /** Blocks that come in `ms`, at least one. */
    blocksIn: (ms: number): number => Math.max(1, Math.ceil(ms / blockMs)),
    blockMs,
    pool: pool as ReadonlyMap<Hex, Pending>,
    mined: mined as readonly Mined[],
    get reorganisations() {
      return reorganisations
    },
    /** The wallet after `blockNumber`. */
    at,
    /** Wei. */
    baseFeeAt,
    /** Makes the next blocks more expensive or cheaper. */
    spike(blocks: number, baseFee: bigint): void {
      spike = { from: head() + 1, to: head() + 1 + blocks, baseFee }
    },
    /** Whole seconds: several blocks may share one. */
    timestampOf: (blockNumber: number): number => Math.floor((startMs + (blockNumber - FIRST_BLOCK) * blockMs) / 1_000),
    /** The transaction in a block up to `blockNumber`. */
    find: (hash: Hex, blockNumber: number): Mined | null =>
      mined.find((one) => one.transaction.hash === hash && one.blockNumber <= blockNumber) ?? null,
    /** What used `nonce` in a block up to `blockNumber`. */
    userOf: (nonce: number, blockNumber: number): Mined | null =>
      mined.find((one) => one.transaction.nonce === nonce && one.blockNumber <= blockNumber) ?? null,
    pendingAt: (nonce: number): Transaction | null =>
      [...pool.values()].find(({ transaction }) => transaction.nonce === nonce)?.transaction ?? null,
    /** The nonce after those used up to `blockNumber` and those waiting behind them. */
    nextNonce(blockNumber: number): number {
      const { account } = latest()
      const used = at(blockNumber).nonce
      const taken = new Set([...pool.values()].map(({ transaction }) => transaction.nonce))
      let nonce = used
      while (nonce < account.nonce || taken.has(nonce)) nonce += 1
      return nonce
    },
    accept(transaction: Transaction, { delay = 0, isDoomed = false } = {}): void {
      pool.set(transaction.hash, { transaction, from: head() + 1 + delay, isDoomed })
    },
    evict: (hash: Hex): boolean => pool.delete(hash),
    /** Undoes the last blocks, except a deposit. Their transactions are pending again, or lost. */
    reorganise({ depth, isLoss }: { depth: number; isLoss: boolean }): void {
      const kept = Math.max(head() - depth, depositedAt)
      const undone = mined.filter(({ blockNumber }) => blockNumber > kept)
      if (undone.length === 0) return
      reorganisations += 1
      mined.splice(mined.length - undone.length)
      states.splice(states.findIndex(({ blockNumber }) => blockNumber > kept))
      for (const { transaction } of isLoss ? [] : undone) {
        pool.set(transaction.hash, { transaction, from: head() + 1, isDoomed: false })
      }
      for (const pending of pool.values()) pending.from = Math.max(pending.from, head() + 1)
    },
    hasRecent: (depth: number): boolean => mined.some(({ blockNumber }) => blockNumber > head() - depth),
  }
}

/** Between 0 and 1, derived from a block's number alone, so always the same. */
const shareOf = (block: number): number => ((block * 2_654_435_761) % 4_294_967_296) / 4_294_967_296

export type Ledger = ReturnType<typeof createLedger>

/** The wallet after a call, or null when it reverts. Calls that are not ours do nothing. */
function execute(account: Account, transaction: Transaction): Partial<Account> | null {
  const call = readCall(transaction)
  if (call === null) return {}
  const { purpose, amount } = call
  if (purpose === 'approve') return { allowance: amount }
  if (purpose !== 'stake') return afterDiemStep(account, { ...call, purpose })
  if (account.allowance < amount || account.vvv < amount) return null
  return { allowance: account.allowance - amount, vvv: account.vvv - amount, sVvv: account.sVvv + amount }
}

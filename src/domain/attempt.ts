import type { Address, Hex } from './addresses.ts'
import { type Batch, isSponsored } from './batch.ts'

/**
 * The purpose of a transaction. revoke: sets the allowance to 0. fillNonce: a nonce filler, an empty transaction to the
 * wallet itself, for a nonce before an open transaction that nobody uses. mintDiem: locks sVVV for DIEM. stakeDiem:
 * stakes DIEM in its token. sponsor: stakes VVV of this wallet for another one.
 */
export type Purpose = 'approve' | 'stake' | 'revoke' | 'fillNonce' | 'mintDiem' | 'stakeDiem' | 'sponsor'

/** A transaction ready to be signed. Amounts of wei and gas are decimal strings, so that it survives JSON. */
export interface Draft {
  purpose: Purpose
  chainId: number
  from: Address
  to: Address
  data: Hex
  nonce: number
  gas: string
  maxFeePerGas: string
  maxPriorityFeePerGas: string
  /** Wei; upper bound of the data fee paid to Ethereum in addition to the gas. */
  l1Fee: string
  /** Base units of VVV approved or staked, of sVVV locked (mintDiem), or of DIEM staked (stakeDiem). */
  amount: string
  /**
   * Post-condition in base units once it is mined: the least allowance (approve), sVVV balance (stake), that of the
   * beneficiary (sponsor), DIEM staked or not (mintDiem), or DIEM staked (stakeDiem); else 0.
   */
  expected: string
  /** The address that gets the stake: the sponsored wallet, or the one that mints. Absent: the wallet itself. */
  beneficiary?: Address
  /** What it does next to its purpose, and what makes the calls. Absent: the transaction is the one call of its purpose. */
  batch?: Batch
}

/**
 * signed: recorded, perhaps sent. sent: a node accepted it. mined, reverted: in a block. superseded: its nonce was used
 * by another transaction, so it can never be mined.
 */
export type AttemptStatus = 'signed' | 'sent' | 'mined' | 'reverted' | 'superseded'

/**
 * One transaction, recorded before it is broadcast. The raw bytes are no secret, as they are public once sent. A wallet
 * that signs only while it sends gives none; the attempt is then what the wallet will be asked to send.
 */
export interface Attempt extends Draft {
  /** For an `intent`, this is its id until the network or the wallet tells the hash. */
  hash: Hex
  raw: Hex | null
  /** If `raw` is null: the id under which the transaction was recorded before it existed. */
  intent?: Hex
  status: AttemptStatus
  /** ISO 8601. */
  signedAt: string
  /** ISO 8601: when it was first sent. Absent before. */
  sentAt?: string
  /** Milliseconds from `sentAt` until it was seen in a block. Absent before. */
  minedAfterMs?: number
  /** Nonce of the approve that was signed with it and that it needs, or null. */
  restsOn: number | null
  /**
   * If superseded: the transaction that used its nonce, if a block shows one. `isFinal`: that block was final when it
   * was read.
   */
  supersededBy?: { hash: Hex; isFinal: boolean }
  blockNumber: string | null
  gasUsed: string | null
  /** Wei, L1 fee included. */
  feeWei: string | null
}

/**
 * A signed EIP-1559 transaction or user operation, decoded from its bytes. Amounts are decimal strings of wei and gas.
 */
export interface SignedTransaction {
  /** Recovered from the signature. */
  from: Address
  chainId: number
  nonce: number
  gas: string
  maxFeePerGas: string
  maxPriorityFeePerGas: string
  to: Address | null
  data: Hex
  value: string
  /** Keccak-256 of the bytes. */
  hash: Hex
  /** For a user operation: its other fields, as `termsText` writes them. */
  terms?: string
}

/** What became of an attempt. `pending`: a node knows it. `missing`: no node asked knows it and its nonce is still free. */
export interface AttemptReport {
  hash: Hex
  /** The hash under which it was found, if the wallet made another one. */
  sentAs?: Hex
  status: Extract<AttemptStatus, 'mined' | 'reverted' | 'superseded'> | 'pending' | 'missing'
  /**
   * If superseded: the transaction in a block that has its nonce and the wallet's signature. Absent if none was found;
   * then it is only known that a node counts the nonce as used.
   */
  usedBy?: { hash: Hex; blockNumber: string; isFinal: boolean }
  /** Whether its receipt has the expected event. Absent if there is no receipt, or no event was searched for. */
  hasEvent?: boolean
  /** Milliseconds from its `sentAt` until it was seen in a block. */
  minedAfterMs?: number
  blockNumber: string | null
  gasUsed: string | null
  /** Wei, L1 fee included. */
  feeWei: string | null
}

export interface ChainReport {
  attempts: readonly AttemptReport[]
  /** Latest block seen. */
  head: {
    number: string
    /** Seconds since the epoch. */
    timestamp: number
    /** Wei; decimal string. */
    baseFeePerGas: string
  }
  /** The number of mined transactions of the wallet, which is its next nonce. Null if all attempts have a receipt. */
  nonce: number | null
  /**
   * The node lags: its balances are of a block before that of a receipt, so a stake that they do not show may exist.
   * Absent: it does not lag.
   */
  isBehind?: boolean
  /** Base units at `head`: the sVVV of the address that the wallet stakes for. */
  sVvv: string
  allowance: string
  /** Base units at `head`; null if it was not read. */
  diem: { liquid: string; staked: string } | null
  /** sVVV in base units of each beneficiary of the attempts, by address in lower case. Absent if there is none. */
  beneficiaries?: Readonly<Record<string, string>>
}

/** What may be shown of an attempt: the fields of the contract's `transactions`, without the signed bytes. */
export type AttemptSummary = Pick<
  Attempt,
  'purpose' | 'hash' | 'nonce' | 'status' | 'sentAt' | 'minedAfterMs' | 'blockNumber' | 'gasUsed' | 'feeWei'
> & {
  /** What the same transaction also does. Absent: nothing. */
  along?: readonly Purpose[]
}

export const summaryOf = (attempt: Attempt): AttemptSummary => {
  const { purpose, hash, nonce, status, sentAt, minedAfterMs, blockNumber, gasUsed, feeWei } = attempt
  const along = alongOf(attempt)
  return {
    purpose,
    hash,
    nonce,
    status,
    blockNumber,
    gasUsed,
    feeWei,
    ...(sentAt !== undefined && { sentAt }),
    ...(minedAfterMs !== undefined && { minedAfterMs }),
    ...(along.length > 0 && { along }),
  }
}

/** What `draft` does next to its purpose, in the same go. */
export const alongOf = ({ batch }: Pick<Draft, 'batch'>): Purpose[] => [
  ...(batch !== undefined && batch.approve !== '0' ? ['approve' as const] : []),
  ...(batch?.stakeDiem !== undefined ? ['stakeDiem' as const] : []),
]

/** All that an attempt does, in the order of its calls: a stake after its approve, and DIEM is staked after the lock. */
export const inOrder = <P extends string>({ purpose, along = [] }: { purpose: P; along?: readonly P[] }): P[] => [
  ...along.filter((other) => other !== 'stakeDiem'),
  purpose,
  ...along.filter((other) => other === 'stakeDiem'),
]

/** Recorded before a wallet made it, and its hash is not known yet. */
export const isUnidentified = ({ hash, intent }: Attempt): boolean => intent === hash

export const isOpen = (attempt: Attempt): boolean => attempt.status === 'signed' || attempt.status === 'sent'

/** The lowest possible next nonce of the wallet, after the attempts that are in blocks. */
export const leastNonce = (attempts: readonly Attempt[]): number =>
  attempts
    .filter(({ status }) => status === 'mined' || status === 'reverted')
    .reduce((least, { nonce }) => Math.max(least, nonce + 1), 0)

/**
 * For each nonce the attempt that was recorded last, in nonce order. Attempts with one nonce are the same transaction
 * at rising fees. The chain takes only one; a node replaces an earlier one by the last.
 */
export const newestPerNonce = (attempts: readonly Attempt[]): Attempt[] =>
  [...new Map(attempts.map((attempt) => [attempt.nonce, attempt])).values()].sort((a, b) => a.nonce - b.nonce)

const PULLS_VVV: readonly Purpose[] = ['stake', 'sponsor']

/**
 * An open transaction that would revert, because a transaction from elsewhere used the nonce of its approve. It must
 * not be sent, and counts in budgets until its own nonce is used.
 */
export function isOrphaned(attempt: Attempt, attempts: readonly Attempt[]): boolean {
  const approved = isOpen(attempt) && PULLS_VVV.includes(attempt.purpose) ? attempt.restsOn : null
  if (approved === null) return false
  const approves = attempts.filter(({ purpose, nonce }) => purpose === 'approve' && nonce === approved)
  return approves.length > 0 && approves.every(({ status }) => status === 'superseded')
}

/** `made` together: each gets the nonce of the approve among them that it needs. */
export const withApproval = (made: readonly Attempt[]): Attempt[] => {
  const approve = made.find(({ purpose }) => purpose === 'approve')
  const own = ({ purpose, nonce }: Attempt) =>
    approve !== undefined && PULLS_VVV.includes(purpose) && nonce > approve.nonce ? approve.nonce : null
  return made.map((attempt) => ({ ...attempt, restsOn: attempt.restsOn ?? own(attempt) }))
}

/** The most wei that `draft` can cost: gas at its ceiling plus the L1 data fee; nothing if a paymaster pays. */
export const maxCost = (draft: Draft): bigint =>
  isSponsored(draft.batch) ? 0n : BigInt(draft.gas) * BigInt(draft.maxFeePerGas) + BigInt(draft.l1Fee)

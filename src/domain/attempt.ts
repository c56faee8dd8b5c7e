import type { Address, Hex } from './addresses.ts'
import { type Batch, isSponsored } from './batch.ts'

/**
 * What a transaction is for. revoke: an allowance of 0. fillNonce: nothing, sent to the wallet itself, because a nonce before
 * an open transaction is not used by anybody. mintDiem: locks sVVV for DIEM. stakeDiem: stakes DIEM in its token.
 * sponsor: stakes VVV of this wallet for another one.
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
  /** Whom a sponsor stakes for, or a wallet that has another one mint. Absent: the wallet itself. */
  beneficiary?: Address
  /** Of a stake that goes along with its approve. Absent: the transaction is the one call of its purpose. */
  batch?: Batch
}

/**
 * signed: recorded, perhaps sent. sent: a node has taken it. mined, reverted: in a block.
 * superseded: its nonce was used by another transaction, so it can never be mined.
 */
export type AttemptStatus = 'signed' | 'sent' | 'mined' | 'reverted' | 'superseded'

/**
 * One transaction, recorded before it is broadcast. The raw bytes are public once sent; they are no secret. Of a wallet
 * that signs only while it sends, there are none, and this is what it will be asked for.
 */
export interface Attempt extends Draft {
  /** Of an `intent`, that id until the network or the wallet has told the hash. */
  hash: Hex
  raw: Hex | null
  /** Where `raw` is null: the id under which the transaction was recorded before it existed. */
  intent?: Hex
  status: AttemptStatus
  /** ISO 8601. */
  signedAt: string
  /** ISO 8601: when it was first handed out. Absent before. */
  sentAt?: string
  /** Milliseconds from `sentAt` until it was seen in a block. Absent before. */
  minedAfterMs?: number
  /** Nonce of the approve that was signed along with it and that it needs, or null. */
  restsOn: number | null
  /** Of a superseded one: what used its nonce, where a block shows it. `isFinal`: that block was final when it was seen. */
  supersededBy?: { hash: Hex; isFinal: boolean }
  blockNumber: string | null
  gasUsed: string | null
  /** Wei, L1 fee included. */
  feeWei: string | null
}

/** A signed EIP-1559 transaction, or a user operation, as its bytes say. Amounts are decimal strings of wei and gas. */
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
  /** Of a user operation: what it has next to these fields, as `termsText` writes it. */
  terms?: string
}

/** What became of an attempt. `pending`: a node knows it. `missing`: no node asked knows it and its nonce is still free. */
export interface AttemptReport {
  hash: Hex
  /** The hash under which it was found, where that is another one: a wallet made it. */
  sentAs?: Hex
  status: Extract<AttemptStatus, 'mined' | 'reverted' | 'superseded'> | 'pending' | 'missing'
  /**
   * Of a superseded one: the transaction under its nonce, signed by the wallet, that a block shows. Absent where none was
   * found: then all that is known is that a node counts the nonce as used.
   */
  usedBy?: { hash: Hex; blockNumber: string; isFinal: boolean }
  /** Whether its receipt has the event that it was made for. Absent where there is no receipt, or none was looked for. */
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
  /** Transactions of the wallet that are mined, which is its next nonce; null where all attempts have a receipt. */
  nonce: number | null
  /**
   * The balances are of a block before that of a receipt, because the node that tells them lags: what they do not show proves
   * nothing. Absent: they are not.
   */
  isBehind?: boolean
  /** Base units at `head`. The sVVV is that of whom the wallet stakes for. */
  sVvv: string
  allowance: string
  /** Base units at `head`; null where it was not looked at. */
  diem: { liquid: string; staked: string } | null
  /** sVVV in base units of each beneficiary of the attempts, by address in lower case. Absent where there is none. */
  beneficiaries?: Readonly<Record<string, string>>
}

/** What may be shown of an attempt: the fields of the contract's `transactions`, without the signed bytes. */
export type AttemptSummary = Pick<
  Attempt,
  'purpose' | 'hash' | 'nonce' | 'status' | 'sentAt' | 'minedAfterMs' | 'blockNumber' | 'gasUsed' | 'feeWei'
> & {
  /** What it does along with that, in the same transaction. Absent: nothing. */
  along?: readonly Purpose[]
}

export const summaryOf = (attempt: Attempt): AttemptSummary => {
  const { purpose, hash, nonce, status, sentAt, minedAfterMs, blockNumber, gasUsed, feeWei } = attempt
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
    ...(approvesAlong(attempt) && { along: ['approve'] as const }),
  }
}

/** It approves in the same go. */
export const approvesAlong = ({ batch }: Pick<Draft, 'batch'>): boolean => batch !== undefined && batch.approve !== '0'

/** Recorded before a wallet made it, and its hash is not known yet. */
export const isUnidentified = ({ hash, intent }: Attempt): boolean => intent === hash

export const isOpen = (attempt: Attempt): boolean => attempt.status === 'signed' || attempt.status === 'sent'

/** The least that the next nonce of the wallet can be: its attempts that are in blocks have used theirs. */
export const leastNonce = (attempts: readonly Attempt[]): number =>
  attempts
    .filter(({ status }) => status === 'mined' || status === 'reverted')
    .reduce((least, { nonce }) => Math.max(least, nonce + 1), 0)

/**
 * Of attempts under one nonce the one recorded last, in nonce order. They are the same transaction at rising fees, of
 * which the chain takes one; a node that has an earlier one replaces it with the last.
 */
export const newestPerNonce = (attempts: readonly Attempt[]): Attempt[] =>
  [...new Map(attempts.map((attempt) => [attempt.nonce, attempt])).values()].sort((a, b) => a.nonce - b.nonce)

const PULLS_VVV: readonly Purpose[] = ['stake', 'sponsor']

/**
 * An open transaction that would revert: the approve that it rests on lost its nonce to a transaction of somebody else.
 * It is not to be sent, and counts in budgets until its own nonce is used.
 */
export function isOrphaned(attempt: Attempt, attempts: readonly Attempt[]): boolean {
  const approved = isOpen(attempt) && PULLS_VVV.includes(attempt.purpose) ? attempt.restsOn : null
  if (approved === null) return false
  const approves = attempts.filter(({ purpose, nonce }) => purpose === 'approve' && nonce === approved)
  return approves.length > 0 && approves.every(({ status }) => status === 'superseded')
}

/** `made` in one go, each with the nonce of the approve among them that it rests on. */
export const withApproval = (made: readonly Attempt[]): Attempt[] => {
  const approve = made.find(({ purpose }) => purpose === 'approve')
  const own = ({ purpose, nonce }: Attempt) =>
    approve !== undefined && PULLS_VVV.includes(purpose) && nonce > approve.nonce ? approve.nonce : null
  return made.map((attempt) => ({ ...attempt, restsOn: attempt.restsOn ?? own(attempt) }))
}

/** Most wei `draft` can cost: gas at its ceiling plus the L1 data fee; nothing where a paymaster pays. */
export const maxCost = (draft: Draft): bigint =>
  isSponsored(draft.batch) ? 0n : BigInt(draft.gas) * BigInt(draft.maxFeePerGas) + BigInt(draft.l1Fee)

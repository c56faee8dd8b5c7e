import type { Address, Hex } from './addresses.ts'

/**
 * What a transaction is for. revoke: an allowance of 0. fill: nothing, sent to the wallet itself, because a nonce before
 * an open transaction is not used by anybody.
 */
export type Purpose = 'approve' | 'stake' | 'revoke' | 'fill'

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
  /** Wei; upper bound of the data fee paid to Ethereum beside the gas. */
  l1Fee: string
  /** Base units of VVV approved or staked. */
  amount: string
  /** Post-condition in base units: the least allowance (approve) or sVVV balance (stake) once it is mined, else 0. */
  expected: string
}

/**
 * signed: recorded, perhaps sent. sent: a node has taken it. mined, reverted: in a block.
 * superseded: its nonce was used by another transaction, so it can never be mined.
 */
export type AttemptStatus = 'signed' | 'sent' | 'mined' | 'reverted' | 'superseded'

/** One signed transaction, recorded before it is broadcast. The raw bytes are public once sent; they are no secret. */
export interface Attempt extends Draft {
  hash: Hex
  raw: Hex
  status: AttemptStatus
  /** ISO 8601. */
  signedAt: string
  blockNumber: string | null
  gasUsed: string | null
  /** Wei, L1 fee included. */
  feeWei: string | null
}

/** What became of an attempt. `pending`: a node knows it. `missing`: no node asked knows it and its nonce is still free. */
export interface AttemptReport {
  hash: Hex
  status: Extract<AttemptStatus, 'mined' | 'reverted' | 'superseded'> | 'pending' | 'missing'
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
  /** Base units at `head`. */
  sVvv: string
  allowance: string
}

/** What may be shown of an attempt: the fields of the contract's `transactions`, without the signed bytes. */
export type AttemptSummary = Pick<
  Attempt,
  'purpose' | 'hash' | 'nonce' | 'status' | 'blockNumber' | 'gasUsed' | 'feeWei'
>

export const summaryOf = ({ purpose, hash, nonce, status, blockNumber, gasUsed, feeWei }: Attempt): AttemptSummary => ({
  purpose,
  hash,
  nonce,
  status,
  blockNumber,
  gasUsed,
  feeWei,
})

export const isOpen = (attempt: Attempt): boolean => attempt.status === 'signed' || attempt.status === 'sent'

/**
 * Of attempts under one nonce the one recorded last, in nonce order. They are the same transaction at rising fees, of
 * which the chain takes one; a node that has an earlier one replaces it with the last.
 */
export const newestPerNonce = (attempts: readonly Attempt[]): Attempt[] =>
  [...new Map(attempts.map((attempt) => [attempt.nonce, attempt])).values()].sort((a, b) => a.nonce - b.nonce)

/** Most wei `draft` can cost: gas at its ceiling plus the L1 data fee. */
export const maxCost = (draft: Draft): bigint => BigInt(draft.gas) * BigInt(draft.maxFeePerGas) + BigInt(draft.l1Fee)

import type { Address, Hex } from './addresses.ts'

/**
 * Calls that reach the chain as one attempt with the one of its purpose, in their order: all of them, or none. delegate: one
 * transaction of an account to itself, whose delegated code makes the calls (EIP-7702, ERC-7821).
 */
export interface Batch {
  via: 'delegate'
  /** The code that the account delegates to, which makes the calls. */
  delegate: Address
  /** Base units of VVV that the staking contract may pull, approved right before the stake. */
  approve: string
}

/** Calls that revert as a whole, with nothing else for the account. @see https://eips.ethereum.org/EIPS/eip-7821 (checked 2026-11-30) */
export const BATCH_MODE: Hex = `0x01${'00'.repeat(31)}`

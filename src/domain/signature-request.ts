import type { Address } from './addresses.ts'
import type { Purpose } from './attempt.ts'

/** An amount that a signature moves, or allows to be moved. */
export interface SignedAmount {
  coin: 'VVV' | 'sVVV' | 'DIEM' | 'USDC'
  /** Base units; decimal string. */
  units: string
  /** For people: `1.5`. */
  text: string
}

/**
 * What the signer is about to be asked for, decoded from the very bytes that it would sign. No secret is in it: a
 * challenge is described, never quoted.
 */
export interface SignatureRequest {
  kind: 'transaction' | 'operation' | 'calls' | 'message' | 'typedData'
  /**
   * Of a transaction, what it is for. proof: a harmless text, to see whose signatures the wallet gives. mintKey: the challenge for a key. signIn: the wallet's credential for one request
   * to Venice. payment: USDC for Venice. unknown: none of these.
   */
  purpose: Purpose | 'proof' | 'mintKey' | 'signIn' | 'payment' | 'unknown'
  /** Whose signature it would be. */
  address: Address
  /** Null where the text names no chain. */
  chainId: number | null
  /** The contract called, or who is paid; null of a message. */
  to: Address | null
  /** As in the contract, e.g. `stake(address recipient, uint256 amount)`; null where nothing is called. */
  function: string | null
  /** The function's arguments, or what the message says, by name. */
  arguments: Readonly<Record<string, string>>
  amounts: readonly SignedAmount[]
  /** Most wei it can cost, L1 data fee included; null where it costs no fee. */
  maxFeeWei: string | null
  /** ISO 8601: until when the signature is good; null where that is not told, or for ever. */
  expiresAt: string | null
  /** All of it in a sentence. */
  summary: string
}

/** Says yes or no to one signature. A rejection is a no as well. `signal` aborts when the run is paused: nobody waits then. */
export type ApproveSignature = (request: SignatureRequest, io: { signal: AbortSignal }) => boolean | Promise<boolean>

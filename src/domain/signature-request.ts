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
 * What the signer is about to sign, decoded from exactly those bytes. It holds no secret: a challenge is described,
 * never quoted.
 */
export interface SignatureRequest {
  kind: 'transaction' | 'operation' | 'calls' | 'message' | 'typedData'
  /**
   * For a transaction, its purpose. proof: a harmless text, to see which address the wallet signs as. mintKey: the
   * challenge for a key. signIn: the wallet's credential for one request to Venice. payment: USDC for Venice. unknown:
   * none of these.
   */
  purpose: Purpose | 'proof' | 'mintKey' | 'signIn' | 'payment' | 'unknown'
  /** The address that would sign. */
  address: Address
  /** Null if the text names no chain. */
  chainId: number | null
  /** The contract called, or the recipient paid; null for a message. */
  to: Address | null
  /** As in the contract, e.g. `stake(address recipient, uint256 amount)`; null if nothing is called. */
  function: string | null
  /** The arguments of the function, or the fields of the message, by name. */
  arguments: Readonly<Record<string, string>>
  amounts: readonly SignedAmount[]
  /** The most wei that it can cost, L1 data fee included; null if it costs no fee. */
  maxFeeWei: string | null
  /** ISO 8601: when the signature expires; null if never, or unknown. */
  expiresAt: string | null
  /** All of it in one sentence. */
  summary: string
}

/**
 * Says yes or no to one signature. A rejected promise counts as no. `signal` aborts when the run is paused, as nobody
 * waits any more.
 */
export type ApproveSignature = (request: SignatureRequest, io: { signal: AbortSignal }) => boolean | Promise<boolean>

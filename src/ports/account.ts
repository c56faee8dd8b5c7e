import type { Address, Hex } from '../domain/addresses.ts'
import type { Draft } from '../domain/attempt.ts'

/** A call without ETH. */
export interface AccountCall {
  to: Address
  data: Hex
}

export type EntryPointVersion = '0.6' | '0.7' | '0.8'

/** What the wallet says of the calls of an id. `hashes`: their transactions, if it names any. */
export interface CallsStatus {
  status: 'unknown' | 'pending' | 'confirmed' | 'failed'
  hashes: readonly Hex[]
}

/** A wallet that makes several calls together, all or none, under an id that we choose (EIP-5792). */
export interface CallsAccount {
  /** The ERC-7677 service that the wallet is asked to use. Absent: the wallet pays, or its own paymaster does. */
  readonly paymasterUrl?: string
  /** No side effects; safe to repeat. @throws {SigningFailedError} */
  status(id: Hex): Promise<CallsStatus>
}

/** An account that acts through user operations (ERC-4337), with its bundler and its paymaster. */
export interface OperationAccount {
  readonly entryPoint: { readonly address: Address; readonly version: EntryPointVersion }
  readonly bundlerUrl: string
  /** The ERC-7677 service. Absent: the account pays. */
  readonly paymasterUrl?: string
  /** Sent to that service as well, e.g. the id of a policy. */
  readonly paymasterContext?: Readonly<Record<string, unknown>>
  /**
   * Encodes `calls` as the account wants them: all are made, or none. The result is the same each time; no request is
   * sent.
   */
  callData(calls: readonly AccountCall[]): Promise<Hex>
  /** The factory call that makes the account; null once the account exists. No side effects. */
  factory(): Promise<{ address: Address; data: Hex } | null>
  /** A signature as long as a real one, for estimates. No side effects. */
  stubSignature(draft: Draft): Promise<Hex>
}

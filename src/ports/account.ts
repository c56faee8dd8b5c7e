import type { Address, Hex } from '../domain/addresses.ts'
import type { Draft } from '../domain/attempt.ts'

/** A call as it is made, without ETH. */
export interface AccountCall {
  to: Address
  data: Hex
}

export type EntryPointVersion = '0.6' | '0.7' | '0.8'

/** Where the calls of an id are, by the word of the wallet. `hashes`: of their transactions, where it tells any. */
export interface CallsStatus {
  status: 'unknown' | 'pending' | 'confirmed' | 'failed'
  hashes: readonly Hex[]
}

/** A wallet that makes several calls together, all or none, and knows them by an id of ours (EIP-5792). */
export interface CallsAccount {
  /** Of an ERC-7677 service that the wallet is asked to use. Absent: the wallet pays, or whom it has itself. */
  readonly paymasterUrl?: string
  /** No side effects; safe to repeat. @throws {SigningFailedError} */
  status(id: Hex): Promise<CallsStatus>
}

/** An account that acts through user operations (ERC-4337), and who takes and pays for them. */
export interface OperationAccount {
  readonly entryPoint: { readonly address: Address; readonly version: EntryPointVersion }
  readonly bundlerUrl: string
  /** Of an ERC-7677 service. Absent: the account pays. */
  readonly paymasterUrl?: string
  /** Sent along to that service, e.g. the id of a policy. */
  readonly paymasterContext?: Readonly<Record<string, unknown>>
  /** The account's own encoding of `calls`, all of which are made or none. The same each time; asks nobody. */
  callData(calls: readonly AccountCall[]): Promise<Hex>
  /** What makes the account; null once it is there. No side effects. */
  factory(): Promise<{ address: Address; data: Hex } | null>
  /** A signature as long as a real one, for estimates. No side effects. */
  stubSignature(draft: Draft): Promise<Hex>
}

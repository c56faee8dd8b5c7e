import type { Address, Hex } from '../domain/addresses.ts'
import type { Draft } from '../domain/attempt.ts'

/** A call as it is made, without ETH. */
export interface AccountCall {
  to: Address
  data: Hex
}

export type EntryPointVersion = '0.6' | '0.7' | '0.8'

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

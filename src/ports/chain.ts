import type { Address } from '../domain/addresses.ts'
import type { Attempt, ChainReport } from '../domain/attempt.ts'
import type { Position } from '../domain/position.ts'

export interface SurveyRequest {
  address: Address
  /** Base units: the sVVV the wallet shall hold. */
  stakeAmount: bigint
  /** Our own attempts that may be in the pool; other pending transactions make the survey reject. */
  open: readonly Attempt[]
}

/** Base units; DIEM has 18 decimals, USDC 6. Only staked DIEM pays. */
export interface Holdings {
  diem: bigint
  stakedDiem: bigint
  usdc: bigint
}

/** Base, as far as this product needs it. Every call has a time-out and rejects with a class of `errors/chain`. */
export interface Chain {
  /**
   * Looks at the wallet, recognises the staking contract and drafts the transactions still to be made.
   * All reads go out together, and the drafts come from a nonce and balances of one block, so that they conflict with
   * whatever that block did not show. No side effects; safe to repeat.
   *
   * @throws {WrongChainError} {NoContractError} {StakingNotRecognisedError} {OneArgumentStakingError}
   *   {ForeignTransactionError} {StakeWouldRevertError} {RpcError}
   */
  survey(request: SurveyRequest, signal?: AbortSignal): Promise<Position>
  /**
   * Hands signed bytes to the network. Safe to repeat with the same bytes: a node that knows them already is success.
   *
   * @throws {NonceUsedError} the nonce is taken, by this transaction or another: look before anything else.
   * @throws {RpcError} no endpoint took it, or the answer was lost: it may be out all the same.
   */
  broadcast(attempt: Attempt, signal?: AbortSignal): Promise<void>
  /** Where the attempts stand. No side effects; safe to repeat. */
  report(address: Address, attempts: readonly Attempt[], signal?: AbortSignal): Promise<ChainReport>
  /** What else the wallet holds that could pay Venice, in base units. No side effects; safe to repeat. */
  holdings(address: Address, signal?: AbortSignal): Promise<Holdings>
  /** Milliseconds between blocks, as observed or as known; what a watcher sleeps between looks. */
  readonly blockTimeMs: number
}

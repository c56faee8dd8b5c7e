import type { Address, Hex } from '../domain/addresses.ts'
import type { Attempt, ChainReport, Draft, SignedTransaction } from '../domain/attempt.ts'
import type { FeeMarket } from '../domain/fees.ts'
import type { Beneficiary, TreasuryState } from '../domain/sponsoring.ts'
import type { WalletState } from '../domain/wallet-state.ts'
import type { OnboardingError } from '../errors/base.ts'

/** What an endpoint does not do, and what that costs a run, in words for a person. `endpoint` is its origin. */
export interface EndpointLack {
  endpoint: string
  lack: string
  cost: string
}

/** An endpoint that cannot be used now. `endpoint`: its origin. */
export interface EndpointFault {
  endpoint: string
  error: OnboardingError
}

export interface SurveyRequest {
  address: Address
  /** Base units: the sVVV the wallet shall hold. */
  stakeAmount: bigint
  /** Whom the wallet stakes for: that one shall hold the sVVV. Default: the wallet itself. Not of every kind of account. */
  mintAs?: Address | undefined
  /** Our own attempts that may be in the pool; other pending transactions make the survey reject. */
  open: readonly Attempt[]
  /** The wallet's next nonce is at least this: its own attempts that are mined have used those before. Default 0. */
  leastNonce?: number | undefined
}

/** Base units; DIEM has 18 decimals, USDC 6. Only staked DIEM pays. */
export interface Holdings {
  diem: bigint
  stakedDiem: bigint
  usdc: bigint
}

/**
 * What a wallet could pay Venice with. Base units: 18 decimals, USDC 6. All of one look.
 */
export interface FundingQuotes extends Holdings {
  eth: bigint
  vvv: bigint
  sVvv: bigint
  /** sVVV that is not locked for DIEM yet. */
  unlockedSVvv: bigint
  /** The least sVVV whose lock mints `diem` DIEM now. */
  mint: { diem: bigint; sVvv: bigint }
}

/** What used a nonce of a wallet, in a block. */
export interface NonceUse {
  hash: Hex
  /** By the word of the endpoint, the block cannot be undone any more. */
  isFinal: boolean
  /** It changed nothing but the nonce. */
  isReverted: boolean
}

/** What the staking contract may pull, and the transaction that ends it. Base units of VVV, wei. */
export interface Revocation {
  allowance: bigint
  eth: bigint
  /** Null when there is nothing to be ended. */
  draft: Draft | null
}

/**
 * Where a transaction is that a wallet signed while it sent it. `free`: no endpoint asked shows one under its nonce;
 * `isNext`, whether the nonce is the wallet's next. `hash` is null where an endpoint counts it and does not show it.
 * `differs`: names of the fields, fees aside, in which it is not what the wallet was asked for. `isCheaper`: it offers less
 * for gas than that.
 */
export type Whereabouts =
  | { status: 'free'; isNext: boolean }
  | { status: 'pending' | 'mined'; hash: Hex | null; differs: readonly string[]; isCheaper: boolean }

export interface TreasuryRequest {
  /** The treasury. Nothing of it is in flight. */
  address: Address
  agents: readonly Beneficiary[]
  /** Stakes whose beneficiaries are looked at, too. */
  unproven: readonly Attempt[]
  /** Most stakes to be drafted. */
  inFlight: number
  /** Makes sure, for every agent that is short, that it is no contract. */
  isFirst: boolean
  /** Base units to approve in addition to what the agents lack. Default 0. */
  beyond?: bigint
}

/** A look at a treasury, and what it is judged by. */
export interface TreasurySurvey extends TreasuryState {
  /** sVVV in base units, by address in lower case. */
  holdings: Readonly<Record<string, string>>
  /** Agents that are contracts. Looked for at the first look only. */
  contracts: readonly Address[]
}

/** Base, as far as this product needs it. Every call has a time-out and rejects with a class of `errors/chain`. */
export interface Chain {
  /**
   * Looks at the wallet, recognises the staking contract and drafts the transactions still to be made.
   * The drafts come from a nonce and balances of one block, so that they conflict with whatever that block did not show,
   * open attempts included. No side effects; safe to repeat.
   *
   * @throws {WrongChainError} {NoContractError} {StakingNotRecognisedError} {OneArgumentStakingError}
   *   {ImplementationUnknownError} {ImplementationUnverifiedError} {StakeNotCreditedInSimulationError}
   *   {ForeignTransactionError} {StakeWouldRevertError} {NodeBehindError} {RpcError}
   * @throws {ContractWalletError} `mintAs` is a contract, which cannot sign for a key by itself.
   */
  survey(request: SurveyRequest, signal?: AbortSignal): Promise<WalletState>
  /**
   * Hands signed bytes to the network. Safe to repeat with the same bytes: a node that knows them already is success.
   *
   * @param options - `mayWait`: where a node can, it answers when they are in a block, some seconds later at most. Default
   *   false: as soon as it has them.
   * @throws {NonceUsedError} the nonce is taken, by this transaction or another: look before anything else.
   * @throws {FeeTooLowError} no endpoint took it at these fees.
   * @throws {RpcError} no endpoint took it, or the answer was lost: it may be out all the same.
   */
  broadcast(attempt: Attempt, options?: { mayWait?: boolean }): Promise<void>
  /**
   * Where an intent is: by its hash, where that is known, else by its nonce. No side effects; safe to repeat.
   *
   * @throws {NonceUsedError} a transaction that does something else was mined under its nonce. {RpcError}
   */
  whereabouts(attempt: Attempt, signal?: AbortSignal): Promise<Whereabouts>
  /** Reads signed bytes: what they say, and who signed. Asks nobody. Null for what is no signed EIP-1559 transaction. */
  decode(raw: Hex): Promise<SignedTransaction | null>
  /**
   * The transaction that used a nonce of the wallet, where a block shows one with the wallet's own signature; null where
   * none does. No side effects; safe to repeat.
   *
   * @throws {RpcError} it is too long ago, or the nodes disagree.
   */
  usedBy(slot: { address: Address; nonce: number }, signal?: AbortSignal): Promise<NonceUse | null>
  /** The code that an account delegates to under EIP-7702; null where it delegates to none. No side effects; safe to repeat. */
  delegation(address: Address, signal?: AbortSignal): Promise<Address | null>
  /** Where the attempts stand. No side effects; safe to repeat. */
  report(address: Address, attempts: readonly Attempt[], signal?: AbortSignal): Promise<ChainReport>
  /** Whether an endpoint has a receipt of `attempt`. Costs less than `report`, and proves nothing. Safe to repeat. */
  hasReceipt(attempt: Attempt, signal?: AbortSignal): Promise<boolean>
  /** What it takes to be mined now. No side effects; safe to repeat. */
  feeMarket(address: Address, signal?: AbortSignal): Promise<FeeMarket>
  /**
   * A transaction that was sent elsewhere, as an attempt of this wallet. No side effects; safe to repeat.
   *
   * @throws {UnknownTransactionError} {TransactionNotAdoptableError} {WrongChainError} {RpcError}
   */
  sent(address: Address, hash: Hex, signal?: AbortSignal): Promise<Attempt>
  /**
   * The allowance of the staking contract, and what sets it to 0. No side effects; safe to repeat.
   *
   * @throws {ForeignTransactionError} {WrongChainError} {RpcError}
   */
  revocation(address: Address, signal?: AbortSignal): Promise<Revocation>
  /** What else the wallet holds that could pay Venice, in base units. No side effects; safe to repeat. */
  holdings(address: Address, signal?: AbortSignal): Promise<Holdings>
  /**
   * What the wallet holds, and what minting `diem` would take. No side effects; safe to repeat.
   *
   * @param diem - base units, above 0.
   * @throws {DiemNotAvailableError} {WrongChainError} {RpcError}
   */
  fundingQuotes(request: { address: Address; diem: bigint }, signal?: AbortSignal): Promise<FundingQuotes>
  /**
   * Looks at the wallet's DIEM, and drafts the next step towards `diem` staked: approve and stake for the sVVV that is
   * missing to the lock, or the lock, or the stake of DIEM; no draft when it is there. `WalletState.diem` says what was
   * seen. Reads as `survey` does: of one block. No side effects; safe to repeat.
   *
   * @param diem - base units that shall be staked, above 0.
   * @throws {DiemNotAvailableError} and what `survey` throws.
   */
  surveyDiem(
    request: { address: Address; diem: bigint } & Pick<SurveyRequest, 'open' | 'leastNonce'>,
    signal?: AbortSignal,
  ): Promise<WalletState>
  /**
   * Whether USDC has taken an EIP-3009 authorisation of `from`, as of one block. No side effects; safe to repeat.
   *
   * @returns seconds since the epoch of that block; once past `validBefore`, an authorisation that is not used never is.
   */
  authorization(
    request: { from: Address; nonce: Hex },
    signal?: AbortSignal,
  ): Promise<{ isUsed: boolean; blockSeconds: number }>
  /**
   * Calls `onHead` for each new block where an endpoint announces them, elsewhere never. Nothing tells that announcements
   * fail to come: look by the clock as well.
   *
   * Side effects: one connection for all who follow, until the last of them stops.
   *
   * @returns stops it; safe to call again.
   */
  followHeads(onHead: () => void): () => void
  /** Whether an endpoint is named that shall announce blocks. */
  readonly announcesBlocks: boolean
  /**
   * When the block after the newest one seen is due, in milliseconds since the epoch; null where that cannot be told, as
   * with five blocks in a whole second. What was sent since cannot be mined before.
   */
  nextBlockMs(): number | null
  /** Milliseconds between blocks, as observed in the heads seen so far: it changes as more are seen. */
  readonly blockTimeMs: number
  /** What the endpoints have shown so far that they lack. Asks nothing. Absent: nothing is learned of endpoints. */
  lacks?(): readonly EndpointLack[]
  /**
   * Asks each endpoint by itself, where there are several: one that cannot be used is not seen while another one answers.
   * No side effects; safe to repeat.
   */
  endpointFaults?(signal?: AbortSignal): Promise<readonly EndpointFault[]>
  /** Why the endpoint that shall announce blocks does not, as a clause; null where it does, or nothing is known. */
  announcementFault?(): string | null
}

/** Base, as far as a treasury needs it. */
export interface TreasuryChain extends Chain {
  /**
   * Looks at a treasury and its agents, all of one block, and drafts what comes next: the approve for all that is missing,
   * and stakes for agents that are short. Whatever that block did not show has used up the nonces of the drafts. No side
   * effects; safe to repeat.
   *
   * @throws {ForeignTransactionError} the treasury has transactions in flight. And what `survey` throws.
   */
  surveyTreasury(request: TreasuryRequest, signal?: AbortSignal): Promise<TreasurySurvey>
}

import type { Address, Hex } from '../domain/addresses.ts'
import type { Attempt, ChainReport, Draft, SignedTransaction } from '../domain/attempt.ts'
import type { FeeMarket } from '../domain/fees.ts'
import type { Beneficiary, TreasuryState } from '../domain/sponsoring.ts'
import type { WalletState } from '../domain/wallet-state.ts'
import type { OnboardingError } from '../errors/base.ts'

/** Something that an endpoint cannot do, and what a run loses by it, as text for a person. `endpoint` is its origin. */
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
  /** Base units: the sVVV that the wallet is to hold. */
  stakeAmount: bigint
  /**
   * The wallet stakes for this address, which is to hold the sVVV. Default: the wallet itself. Some kinds of account
   * cannot.
   */
  mintAs?: Address | undefined
  /** Our own attempts that may be in the pool. With any other pending transaction the read rejects. */
  open: readonly Attempt[]
  /** The wallet's next nonce is at least this, because its mined attempts have used the nonces before. Default 0. */
  leastNonce?: number | undefined
  /** Called once, where nothing is left to be done but to wait for the last answers. Not of every kind of account. */
  whileWaiting?: (() => void) | undefined
}

/** Base units; DIEM has 18 decimals, USDC 6. Only staked DIEM pays. */
export interface Holdings {
  diem: bigint
  stakedDiem: bigint
  usdc: bigint
}

/**
 * What a wallet could pay Venice with. Base units: 18 decimals, USDC 6. All read at one block.
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
  /** The endpoint says that the block is final. */
  isFinal: boolean
  /** It reverted: only the nonce changed. */
  isReverted: boolean
}

/** What the staking contract may pull, and the transaction that sets it to 0. Base units of VVV, wei. */
export interface Revocation {
  allowance: bigint
  eth: bigint
  /** Null when the allowance is 0 already. */
  draft: Draft | null
}

/**
 * Where a transaction is that the wallet signed and sent in one step. `free`: no endpoint asked shows a transaction
 * with its nonce; `isNext`: the nonce is the wallet's next one. `hash` is null when an endpoint counts the transaction
 * but does not show it. `differs`: the fields, fees aside, that are not as the wallet was asked. `isCheaper`: it offers
 * less for gas than asked.
 */
export type Whereabouts =
  | { status: 'free'; isNext: boolean }
  | { status: 'pending' | 'mined'; hash: Hex | null; differs: readonly string[]; isCheaper: boolean }

export interface TreasuryRequest {
  /** The treasury. It has no transaction in flight. */
  address: Address
  agents: readonly Beneficiary[]
  /** Stakes whose beneficiaries are read as well. */
  unproven: readonly Attempt[]
  /** The most stakes to draft. */
  inFlight: number
  /** Checks of every agent that is short that it is not a contract. */
  isFirst: boolean
  /** Base units to approve in addition to what the agents lack. Default 0. */
  beyond?: bigint
}

/** The state of a treasury, with what is needed to judge it. */
export interface TreasurySurvey extends TreasuryState {
  /** sVVV in base units, by address in lower case. */
  holdings: Readonly<Record<string, string>>
  /** Agents that are contracts. Checked in the first read only. */
  contracts: readonly Address[]
}

/** Base, as far as this product needs it. Every call has a time-out and rejects with a class of `errors/chain`. */
export interface Chain {
  /**
   * Reads the wallet, recognises the staking contract and drafts the missing transactions. Nonce and balances are of
   * one block. A transaction that this block did not show, such as an open attempt, therefore conflicts with the
   * drafts. No side effects; safe to repeat.
   *
   * @throws {WrongChainError} {NoContractError} {StakingNotRecognisedError} {OneArgumentStakingError}
   *   {ImplementationUnknownError} {ImplementationUnverifiedError} {StakeNotCreditedInSimulationError}
   *   {ForeignTransactionError} {StakeWouldRevertError} {NodeBehindError} {RpcError}
   * @throws {ContractWalletError} `mintAs` is a contract, which cannot sign for a key by itself.
   */
  survey(request: SurveyRequest, signal?: AbortSignal): Promise<WalletState>
  /**
   * Sends signed bytes to the network. Safe to repeat with the same bytes: it is a success if a node knows them
   * already.
   *
   * @param options - `mayWait`: a node that can do so answers when they are in a block, some seconds later at most.
   *   Default false: it answers as soon as it has them.
   * @throws {NonceUsedError} this transaction or another has used the nonce: read the chain before anything else.
   * @throws {FeeTooLowError} no endpoint accepted it at these fees.
   * @throws {RpcError} no endpoint accepted it, or the answer was lost: it may have been sent all the same.
   */
  broadcast(attempt: Attempt, options?: { mayWait?: boolean }): Promise<void>
  /**
   * Finds an intent by its hash if that is known, else by its nonce. No side effects; safe to repeat.
   *
   * @throws {NonceUsedError} a transaction that does something else was mined with its nonce. {RpcError}
   */
  whereabouts(attempt: Attempt, signal?: AbortSignal): Promise<Whereabouts>
  /**
   * Decodes signed bytes and recovers the signer. No request is sent. Null if they are not a signed EIP-1559
   * transaction.
   */
  decode(raw: Hex): Promise<SignedTransaction | null>
  /**
   * The transaction that used a nonce of the wallet: one in a block, with the wallet's own signature. Null if none is
   * found. No side effects; safe to repeat.
   *
   * @throws {RpcError} it is too long ago, or the nodes disagree.
   */
  usedBy(slot: { address: Address; nonce: number }, signal?: AbortSignal): Promise<NonceUse | null>
  /** The delegate of an account (EIP-7702); null if it has none. No side effects; safe to repeat. */
  delegation(address: Address, signal?: AbortSignal): Promise<Address | null>
  /** Where the attempts stand. No side effects; safe to repeat. */
  report(address: Address, attempts: readonly Attempt[], signal?: AbortSignal): Promise<ChainReport>
  /** Whether an endpoint has a receipt of `attempt`. Costs less than `report`, but proves nothing. Safe to repeat. */
  hasReceipt(attempt: Attempt, signal?: AbortSignal): Promise<boolean>
  /** The fees and the nonces that a transaction needs now. No side effects; safe to repeat. */
  feeMarket(address: Address, signal?: AbortSignal): Promise<FeeMarket>
  /**
   * Turns a transaction that another program sent into an attempt of this wallet. No side effects; safe to repeat.
   *
   * @throws {UnknownTransactionError} {TransactionNotAdoptableError} {WrongChainError} {RpcError}
   */
  sent(address: Address, hash: Hex, signal?: AbortSignal): Promise<Attempt>
  /**
   * The allowance of the staking contract, and the transaction that sets it to 0. No side effects; safe to repeat.
   *
   * @throws {ForeignTransactionError} {WrongChainError} {RpcError}
   */
  revocation(address: Address, signal?: AbortSignal): Promise<Revocation>
  /** What else the wallet holds that could pay Venice, in base units. No side effects; safe to repeat. */
  holdings(address: Address, signal?: AbortSignal): Promise<Holdings>
  /**
   * What the wallet holds, and what minting `diem` would cost. No side effects; safe to repeat.
   *
   * @param diem - base units, above 0.
   * @throws {DiemNotAvailableError} {WrongChainError} {RpcError}
   */
  fundingQuotes(request: { address: Address; diem: bigint }, signal?: AbortSignal): Promise<FundingQuotes>
  /**
   * Reads the wallet's DIEM, and drafts the next step towards `diem` staked: approve and stake of the sVVV that the
   * lock still needs, or the lock, or the stake of DIEM. No draft when enough is staked. `WalletState.diem` says what
   * was read. As in `survey`, all is of one block. No side effects; safe to repeat.
   *
   * @param diem - base units that are to be staked, above 0.
   * @throws {DiemNotAvailableError} and what `survey` throws.
   */
  surveyDiem(
    request: { address: Address; diem: bigint } & Pick<SurveyRequest, 'open' | 'leastNonce'>,
    signal?: AbortSignal,
  ): Promise<WalletState>
  /**
   * Whether USDC has used an EIP-3009 authorisation of `from`, as of one block. No side effects; safe to repeat.
   *
   * @returns that block's time, in seconds since the epoch. An authorisation that is unused after `validBefore` can
   * never be used.
   */
  authorization(
    request: { from: Address; nonce: Hex },
    signal?: AbortSignal,
  ): Promise<{ isUsed: boolean; blockSeconds: number }>
  /**
   * Calls `onHead` for each new block if an endpoint announces blocks, else never. Lost announcements go unnoticed, so
   * poll by the clock as well.
   *
   * Side effects: one connection for all followers, until the last of them stops.
   *
   * @returns a function that stops it; safe to call again.
   */
  followHeads(onHead: () => void): () => void
  /** Whether an endpoint was configured to announce blocks. */
  readonly announcesBlocks: boolean
  /**
   * When the block after the newest one seen is due, in milliseconds since the epoch. Null if unknown, as with five
   * blocks that carry the same whole second. A transaction sent after the newest block cannot be mined earlier.
   */
  nextBlockMs(): number | null
  /** Milliseconds between blocks, as measured from the heads seen so far. It changes as more are seen. */
  readonly blockTimeMs: number
  /** What the endpoints were found to lack so far. No request is sent. Absent: nothing is learned about endpoints. */
  lacks?(): readonly EndpointLack[]
  /**
   * Asks each endpoint separately if there are several: a faulty one goes unnoticed while another answers. No side
   * effects; safe to repeat.
   */
  endpointFaults?(signal?: AbortSignal): Promise<readonly EndpointFault[]>
  /** Why the endpoint that is to announce blocks does not, as a clause. Null if it does, or if nothing is known. */
  announcementFault?(): string | null
}

/** Base, as far as a treasury needs it. */
export interface TreasuryChain extends Chain {
  /**
   * Reads a treasury and its agents at one block, and drafts what comes next: one approve for all missing VVV, and
   * stakes for agents that are short. A transaction that the block did not show conflicts with the drafts by its nonce.
   * No side effects; safe to repeat.
   *
   * @throws {ForeignTransactionError} the treasury has transactions in flight. And what `survey` throws.
   */
  surveyTreasury(request: TreasuryRequest, signal?: AbortSignal): Promise<TreasurySurvey>
}

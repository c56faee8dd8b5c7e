import type { Address } from '../domain/addresses.ts'
import { ADDRESSES, BASE_CHAIN_ID, explorerUrl } from '../domain/addresses.ts'
import { type ErrorOptions, OnboardingError } from './base.ts'

/** An endpoint failed, limited us, or lags: the same call may work in a moment. */
export class RpcError extends OnboardingError {
  override readonly name = 'RpcError'
  readonly code = 'chain/rpc'
  readonly recovery = 'retry'
  readonly exit = 'transient'
  readonly hint = 'Run the same command again later, or give another endpoint with --rpc-url.'

  constructor(what: string, options: ErrorOptions = {}) {
    super(`The RPC endpoint failed: ${what}`, options)
  }
}

/** The endpoint refused the call in a way that trying again does not change. */
export class RpcRefusedError extends OnboardingError {
  override readonly name = 'RpcRefusedError'
  readonly code = 'chain/rpc-refused'
  readonly recovery = 'stop'
  readonly exit = 'config'
  readonly hint = 'Check the endpoint given with --rpc-url; it must serve the standard Ethereum methods.'

  constructor(what: string, options: ErrorOptions = {}) {
    super(`The RPC endpoint refused the call: ${what}`, options)
  }
}

/** The endpoint serves another chain. */
export class WrongChainError extends OnboardingError {
  override readonly name = 'WrongChainError'
  readonly code = 'chain/wrong-chain'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint = `Give an endpoint of Base (chain id ${BASE_CHAIN_ID}) with --rpc-url.`

  constructor(found: number, options: ErrorOptions = {}) {
    super(`The RPC endpoint serves chain ${found}; Base is chain ${BASE_CHAIN_ID}.`, options)
  }
}

/** There is no contract where one must be. */
export class NoContractError extends OnboardingError {
  override readonly name = 'NoContractError'
  readonly code = 'chain/no-contract'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint = 'The endpoint does not serve Base as Venice uses it: give another one with --rpc-url.'

  constructor(what: string, address: Address, options: ErrorOptions = {}) {
    super(`There is no contract at ${address}, where ${what} must be.`, options)
  }
}

/** The staking contract offers only `stake(uint256)`, the form of Venice's guide, which the deployed one never had. */
export class OneArgumentStakingError extends OnboardingError {
  override readonly name = 'OneArgumentStakingError'
  readonly code = 'chain/one-argument-staking'
  readonly recovery = 'stop'
  readonly exit = 'refused'
  readonly hint = 'Nothing was sent. Make sure that the endpoint is honest, then report that the contract has changed.'

  constructor(options: ErrorOptions = {}) {
    super('The staking contract has stake(uint256) but not stake(address,uint256).', options)
  }
}

/** The staking contract is not one this product knows how to call. */
export class StakingNotRecognisedError extends OnboardingError {
  override readonly name = 'StakingNotRecognisedError'
  readonly code = 'chain/staking-not-recognised'
  readonly recovery = 'stop'
  readonly exit = 'refused'
  readonly hint =
    `Nothing was sent. Compare the contract with ${explorerUrl('address', ADDRESSES.staking)} and report the change.`

  constructor(options: ErrorOptions = {}) {
    super('The staking contract does not answer as Venice’s staking contract does.', options)
  }
}

/** The node says that staking would revert, although balance and allowance are there. */
export class StakeWouldRevertError extends OnboardingError {
  override readonly name = 'StakeWouldRevertError'
  readonly code = 'chain/stake-would-revert'
  readonly recovery = 'stop'
  readonly exit = 'refused'
  readonly hint =
    'No stake was sent. The contract may be paused or changed; an allowance that is set stays until revoked.'

  constructor(reason: string, options: ErrorOptions = {}) {
    super(`Staking would revert: ${reason}`, options)
  }
}

/** Approving would revert. */
export class ApproveWouldRevertError extends OnboardingError {
  override readonly name = 'ApproveWouldRevertError'
  readonly code = 'chain/approve-would-revert'
  readonly recovery = 'stop'
  readonly exit = 'refused'
  readonly hint = 'Nothing was sent. The VVV token at this endpoint is not the one on Base.'

  constructor(reason: string, options: ErrorOptions = {}) {
    super(`Approving would revert: ${reason}`, options)
  }
}

/** The wallet has transactions in flight that this run did not make; using their nonces would fight over them. */
export class ForeignTransactionError extends OnboardingError {
  override readonly name = 'ForeignTransactionError'
  readonly code = 'chain/foreign-transaction'
  readonly recovery = 'retry'
  readonly exit = 'transient'
  readonly hint =
    'Wait until they are mined, then run the same command again. Nothing else may send from this wallet meanwhile.'

  constructor(address: Address, { mined, pending }: { mined: number; pending: number }, options: ErrorOptions = {}) {
    super(
      `${address} has ${pending - mined} pending transaction(s) that this run did not send, from nonce ${mined} on.`,
      options,
    )
  }
}

/** The nonce is used already: by this very transaction, or by another. */
export class NonceUsedError extends OnboardingError {
  override readonly name = 'NonceUsedError'
  readonly code = 'chain/nonce-used'
  readonly recovery = 'replan'
  readonly exit = 'transient'
  readonly hint = 'Run the same command again; it looks at the chain before it sends anything.'

  constructor(nonce: number, options: ErrorOptions = {}) {
    super(`Nonce ${nonce} is used already.`, options)
  }
}

/** A recorded transaction waits below the base fee, where no block can take it. */
export class TransactionUnderpricedError extends OnboardingError {
  override readonly name = 'TransactionUnderpricedError'
  readonly code = 'chain/transaction-underpriced'
  readonly recovery = 'unblock'
  readonly exit = 'transient'
  readonly hint = 'Run the same command again; it raises the fees under the same nonce, within --max-gas-eth.'

  constructor({ hash, maxFeePerGas }: { hash: string; maxFeePerGas: string }, baseFeePerGas: string) {
    super(`${hash} pays at most ${maxFeePerGas} wei a gas, and the base fee is ${baseFeePerGas}.`)
  }
}

/** A recorded transaction is next and pays enough, and for about a minute no block has taken it. */
export class TransactionStuckError extends OnboardingError {
  override readonly name = 'TransactionStuckError'
  readonly code = 'chain/transaction-stuck'
  readonly recovery = 'unblock'
  readonly exit = 'transient'
  readonly hint = 'Run the same command again; it raises the fees under the same nonce, within --max-gas-eth.'

  constructor(hash: string, waitedMs: number, options: ErrorOptions = {}) {
    super(`${hash} pays enough and has waited for ${Math.round(waitedMs / 1000)} s.`, options)
  }
}

/** A nonce before the recorded transaction is used by nobody, so that it waits for ever. */
export class NonceGapError extends OnboardingError {
  override readonly name = 'NonceGapError'
  readonly code = 'chain/nonce-gap'
  readonly recovery = 'unblock'
  readonly exit = 'transient'
  readonly hint = 'Run the same command again; it fills the gap with an empty transaction to the wallet itself.'

  constructor(hash: string, { nonce, next }: { nonce: number; next: number }, options: ErrorOptions = {}) {
    super(`${hash} has nonce ${nonce}, and nothing is known that uses nonce ${next}.`, options)
  }
}

/** The node did not take the transaction because the wallet cannot pay for it. */
export class CannotPayGasError extends OnboardingError {
  override readonly name = 'CannotPayGasError'
  readonly code = 'wallet/cannot-pay-gas'
  readonly recovery = 'fund'
  readonly exit = 'funds'
  readonly hint: string

  constructor(address: Address, options: ErrorOptions = {}) {
    super(`${address} has not enough ETH for the transaction that is signed.`, options)
    this.hint = `Send ETH on Base to ${address}, then run the same command again.`
  }
}

/** A recorded transaction is not known to any node, however often its bytes were handed out. */
export class TransactionMissingError extends OnboardingError {
  override readonly name = 'TransactionMissingError'
  readonly code = 'chain/transaction-missing'
  readonly recovery = 'retry'
  readonly exit = 'transient'
  readonly hint = 'Run the same command again; it hands out the same bytes, never new ones.'

  constructor(hash: string, options: ErrorOptions = {}) {
    super(`No node knows ${hash}, which was sent.`, options)
  }
}

/** Another transaction used the nonce, so the recorded one can never be mined. */
export class TransactionSupersededError extends OnboardingError {
  override readonly name = 'TransactionSupersededError'
  readonly code = 'chain/transaction-superseded'
  readonly recovery = 'replan'
  readonly exit = 'transient'
  readonly hint =
    'Run the same command again; it plans anew from what the chain shows. Nothing else may send from this wallet.'

  constructor(hash: string, nonce: number, options: ErrorOptions = {}) {
    super(`Another transaction used nonce ${nonce} in place of ${hash}.`, options)
  }
}

/** Mined, but reverted: gas is spent, nothing else happened. */
export class TransactionRevertedError extends OnboardingError {
  override readonly name = 'TransactionRevertedError'
  readonly code = 'chain/transaction-reverted'
  readonly recovery = 'stop'
  readonly exit = 'rejected'
  readonly hint: string

  constructor(purpose: string, hash: string, options: ErrorOptions = {}) {
    super(`The ${purpose} transaction was mined and reverted.`, {
      ...options,
      facts: [`Transaction: ${hash}`, ...(options.facts ?? [])],
    })
    this.hint = `See why at ${explorerUrl('tx', hash)}; the next run plans anew from what the chain shows.`
  }
}

/** Not mined in time; it may still be later. */
export class ConfirmationTimeoutError extends OnboardingError {
  override readonly name = 'ConfirmationTimeoutError'
  readonly code = 'chain/confirmation-timeout'
  readonly recovery = 'stop'
  readonly exit = 'waiting'
  readonly hint = 'Run the same command again; it goes on watching the same transactions.'

  constructor(hashes: readonly string[], waitedMs: number, options: ErrorOptions = {}) {
    super(`Not mined within ${Math.round(waitedMs / 1000)} s: ${hashes.join(', ')}.`, options)
  }
}

/** Mined with success, yet the chain's state does not show what it was to do. */
export class NotCreditedError extends OnboardingError {
  override readonly name = 'NotCreditedError'
  readonly code = 'chain/not-credited'
  readonly recovery = 'stop'
  readonly exit = 'rejected'
  readonly hint: string

  constructor(purpose: string, hash: string, options: ErrorOptions = {}) {
    super(`The ${purpose} transaction succeeded, but its effect does not show on chain.`, options)
    this.hint = `Nothing more is sent. Look at ${explorerUrl('tx', hash)} before anything else is staked.`
  }
}

/** A contract account cannot make the signature Venice checks. */
export class ContractWalletError extends OnboardingError {
  override readonly name = 'ContractWalletError'
  readonly code = 'wallet/contract-account'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint = 'Use a wallet with a private key of its own; Venice documents only those for minting.'

  constructor(address: Address, options: ErrorOptions = {}) {
    super(`${address} is a contract account.`, options)
  }
}

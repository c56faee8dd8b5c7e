import { type Address, explorerUrl, type Hex } from '../domain/addresses.ts'
import { formatAmount, inUsdc, USDC_DECIMALS } from '../domain/amounts.ts'
import { PAY_AS_WALLET } from '../domain/credential-options.ts'
import { type NextAction, say, setting, type Told } from '../domain/next-action.ts'
import { type ErrorOptions, OnboardingError } from './base.ts'

/** What the wallet has and needs, in base units. */
export interface Shortfall {
  address: Address
  vvv: { has: bigint; needs: bigint }
  eth: { has: bigint; needs: bigint }
  /** Held, 6 decimals, where it is enough for the wallet to pay Venice by itself. */
  usdc?: bigint
}

const missing = ({ has, needs }: { has: bigint; needs: bigint }): bigint => (needs > has ? needs - has : 0n)

function shortfallFacts({ address, vvv, eth, usdc }: Shortfall): string[] {
  const line = (coin: string, amounts: { has: bigint; needs: bigint }, maxFraction: number) =>
    `${coin}: has ${formatAmount(amounts.has, { maxFraction })}, needs ${formatAmount(amounts.needs, { maxFraction })}`
  const others =
    usdc === undefined
      ? []
      : [
          `USDC: has ${formatAmount(usdc, { decimals: USDC_DECIMALS })}, which pays for calls without a key, VVV or ETH.`,
        ]
  return [`Wallet: ${address}`, line('VVV', vvv, 18), line('ETH', eth, 9), ...others]
}

/** Of a wallet that could pay without a key. */
const alternativeTo = ({ usdc }: Shortfall): NextAction | undefined =>
  usdc === undefined
    ? undefined
    : { ...PAY_AS_WALLET, reason: 'The wallet then pays for calls by itself, with $5 of credit.' }

/** Says what to send where; ETH is rounded up to a whole gwei. */
function sendHint({ address, vvv, eth }: Shortfall): string {
  const gwei = 1_000_000_000n
  const parts = [
    missing(vvv) > 0n ? `${formatAmount(missing(vvv))} VVV` : null,
    missing(eth) > 0n ? `${formatAmount(((missing(eth) + gwei - 1n) / gwei) * gwei)} ETH` : null,
  ].filter((part) => part !== null)
  return `Send ${parts.join(' and ')} on Base to ${address}, then run the same command again.`
}

/**
 * The wallet holds less VVV than the stake needs.
 *
 * @hint Send the VVV that the hint names to the wallet, then run the same command again.
 */
export class InsufficientVvvError extends OnboardingError {
  override readonly name = 'InsufficientVvvError'
  readonly code = 'wallet/insufficient-vvv'
  readonly recovery = 'fund'
  readonly exit = 'funds'
  readonly hint: string

  constructor(shortfall: Shortfall, options: ErrorOptions = {}) {
    super('The wallet holds less VVV than the stake needs.', {
      ...options,
      facts: shortfallFacts(shortfall),
      alternative: alternativeTo(shortfall),
    })
    this.hint = sendHint(shortfall)
  }
}

/**
 * The wallet holds less ETH than the transactions may cost, the L1 data fee included.
 *
 * @hint Send the ETH that the hint names to the wallet, then run the same command again.
 */
export class InsufficientEthError extends OnboardingError {
  override readonly name = 'InsufficientEthError'
  readonly code = 'wallet/insufficient-eth'
  readonly recovery = 'fund'
  readonly exit = 'funds'
  readonly hint: string

  constructor(shortfall: Shortfall, options: ErrorOptions = {}) {
    super('The wallet holds less ETH than the transactions may cost.', {
      ...options,
      facts: shortfallFacts(shortfall),
      alternative: alternativeTo(shortfall),
    })
    this.hint = sendHint(shortfall)
  }
}

/**
 * The wallet holds less USDC than the payment needs.
 *
 * @hint Send the USDC that the hint names to the wallet, then run the same command again.
 */
export class InsufficientUsdcError extends OnboardingError {
  override readonly name = 'InsufficientUsdcError'
  readonly code = 'wallet/insufficient-usdc'
  readonly recovery = 'fund'
  readonly exit = 'funds'
  readonly hint: string

  /** Base units, 6 decimals. */
  constructor({ address, has, needs }: { address: Address; has: bigint; needs: bigint }, options: ErrorOptions = {}) {
    super('The wallet holds less USDC than the payment needs.', {
      ...options,
      facts: [`Wallet: ${address}`, `USDC: has ${inUsdc(has)}, needs ${inUsdc(needs)}`],
    })
    this.hint = `Send ${inUsdc(needs - has)} on Base to ${address}, then run the same command again.`
  }
}

/**
 * The node refused the transaction, because the wallet cannot pay for it.
 *
 * @hint Send ETH on Base to the wallet, then run the same command again.
 */
export class CannotPayGasError extends OnboardingError {
  override readonly name = 'CannotPayGasError'
  readonly code = 'wallet/cannot-pay-gas'
  readonly recovery = 'fund'
  readonly exit = 'funds'
  readonly hint: string

  constructor(address: Address, options: ErrorOptions = {}) {
    super(`${address} does not have enough ETH for the signed transaction.`, options)
    this.hint = `Send ETH on Base to ${address}, then run the same command again.`
  }
}

/** A contract account cannot make the signature Venice checks. */
export class ContractWalletError extends OnboardingError {
  override readonly name = 'ContractWalletError'
  readonly code = 'wallet/contract-account'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint = 'Use a wallet with its own private key. Venice documents minting only for those.'

  constructor(address: Address, options: ErrorOptions = {}) {
    super(`${address} is a contract account.`, options)
  }
}

/**
 * The wallet is connected to another chain. Nothing was sent.
 *
 * @hint Switch the wallet to Base, then run the same command again.
 */
export class WalletOnOtherChainError extends OnboardingError {
  override readonly name = 'WalletOnOtherChainError'
  readonly code = 'wallet/other-chain'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint: string

  constructor({ address, found, wanted }: { address: Address; found: number; wanted: number }) {
    super(`The wallet of ${address} is on chain ${found}.`)
    this.hint = `Switch the wallet to chain ${wanted}, then run the same command again.`
  }
}

/**
 * The wallet sends user operations of a contract account, and it was not opened with a bundler, or this step is not sent as
 * one. By itself it could send an operation twice whose answer is lost. Nothing was sent.
 */
export class UserOperationsError extends OnboardingError {
  override readonly name = 'UserOperationsError'
  readonly code = 'wallet/user-operations'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint =
    'Open it with smartAccount(account, { bundlerUrl }), or use an account with its own key. Or let a sponsor stake for it, so that it only signs the challenge.'

  constructor(address: Address) {
    super(`${address} sends user operations, and this step cannot be sent as one.`)
  }
}

/**
 * It is unknown whether the wallet sent a transaction: its answer was lost, no endpoint shows the transaction, and the wallet
 * may not keep to the requested nonce, so a second request could send it twice.
 */
export class SendOutcomeUnknownError extends OnboardingError {
  override readonly name = 'SendOutcomeUnknownError'
  readonly code = 'wallet/send-outcome-unknown'
  readonly recovery = 'stop'
  readonly exit = 'waiting'
  readonly hint =
    'Check the history of the wallet. If it sent the transaction, run the same command again once the transaction is mined. If not, open the wallet with `notSent: true` and run the same command again.'

  constructor({ purpose, nonce }: { purpose: string; nonce: number }, options: ErrorOptions = {}) {
    super(`It is unknown whether the wallet sent the ${purpose} transaction with nonce ${nonce}.`, options)
  }
}

/** The wallet sends a transaction only once all earlier ones are mined, and that is not certain yet. Nothing was sent. */
export class NotNextNonceError extends OnboardingError {
  override readonly name = 'NotNextNonceError'
  readonly code = 'wallet/not-next-nonce'
  readonly recovery = 'retry'
  readonly exit = 'transient'
  readonly hint = 'Run the same command again once the earlier transactions are mined.'

  constructor({ purpose, nonce }: { purpose: string; nonce: number }, options: ErrorOptions = {}) {
    super(`The ${purpose} transaction has nonce ${nonce}, which is not the next nonce of the wallet.`, options)
  }
}

/**
 * The wallet sent a different transaction from the one requested, e.g. with a nonce of its own.
 *
 * @hint Open the transaction on an explorer. Once it is mined, run the same command again: it plans from what the chain shows.
 */
export class SentOtherwiseError extends OnboardingError {
  override readonly name = 'SentOtherwiseError'
  readonly code = 'wallet/sent-otherwise'
  readonly recovery = 'stop'
  readonly exit = 'rejected'
  readonly hint: string

  /** @param fields - names of what differs. */
  constructor({ address, hash, fields }: { address: Address; hash: Hex; fields: readonly string[] }) {
    super(`The wallet of ${address} sent a different transaction from the one requested.`, {
      facts: [`differs in ${fields.join(', ')}`, `Transaction: ${hash}`],
    })
    this.hint = `Check ${explorerUrl('tx', hash)} before you send anything else. Once it is mined, the same command continues from the state of the chain.`
  }
}

/** A transaction is stuck and needs a replacement with the same nonce, but the wallet may not keep to that nonce. */
export class CannotReplaceError extends OnboardingError {
  override readonly name = 'CannotReplaceError'
  readonly code = 'wallet/cannot-replace'
  readonly recovery = 'stop'
  readonly exit = 'waiting'
  readonly hint =
    'Speed the transaction up in the wallet itself, then run the same command again; it finds the replacement.'

  constructor(address: Address) {
    super(`The wallet of ${address} cannot replace a transaction.`)
  }
}

/**
 * The account runs other code than when the transaction was drafted, and it is that code which would make the calls.
 *
 * @hint If the change is yours, run again. What was signed before needs the old code, or its nonce used up.
 */
export class DelegateChangedError extends OnboardingError {
  override readonly name = 'DelegateChangedError'
  readonly code = 'wallet/delegate-changed'
  readonly recovery = 'refuse'
  readonly exit = 'refused'
  readonly hint =
    'Nothing was sent. If the change is yours, run the same command again. What was signed before needs the old code: delegate to it again, or use up its nonce with another transaction.'

  constructor(
    { address, planned, found }: { address: Address; planned: Address; found: Address | null },
    options: ErrorOptions = {},
  ) {
    super('The wallet does not run the code that its transaction was drafted for.', {
      ...options,
      facts: [`Wallet: ${address}`, `Drafted for: ${planned}`, `Delegates to: ${found ?? 'nothing'}`],
    })
  }
}

/**
 * Venice does not take the signature of the account’s contract (ERC-1271, ERC-6492) for a key. Nothing was staked.
 *
 * @hint Name a wallet with a private key of its own in `--mint-as`, or, where it is not deployed yet, deploy the account first.
 */
export class SignatureNotTakenError extends OnboardingError {
  override readonly name = 'SignatureNotTakenError'
  readonly code = 'wallet/signature-not-taken'
  readonly recovery = 'stop'
  readonly exit = 'rejected'
  readonly hint: Told

  constructor(address: Address, { isDeployed, ...options }: ErrorOptions & { isDeployed: boolean }) {
    super(`Venice does not accept the signature of the smart account ${address}.`, options)
    const first = isDeployed
      ? ''
      : ' The account is not deployed yet: deploy it with any transaction, and run again. If it stays so:'
    this.hint = say`Nothing was staked.${first} Name a wallet with its own private key in ${setting('mintAs')}. The account then stakes for that wallet, which needs no ETH and no VVV and signs for the key.`
  }
}

/**
 * The wallet does not make several calls together, all or none, for this account, or not with a paymaster of ours.
 *
 * @hint Open it with `signerFrom(provider)`, which sends two transactions, or leave the paymaster out.
 */
export class CallsNotAtomicError extends OnboardingError {
  override readonly name = 'CallsNotAtomicError'
  readonly code = 'wallet/calls-not-atomic'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint: string

  constructor(
    address: Address,
    { lacksPaymaster = false, ...options }: ErrorOptions & { lacksPaymaster?: boolean } = {},
  ) {
    const what = lacksPaymaster ? 'takes no paymaster' : 'does not make calls together'
    super(`The wallet of ${address} ${what} on Base (EIP-5792).`, options)
    this.hint = lacksPaymaster
      ? 'Leave the paymaster out: the wallet then pays, or uses a paymaster of its own.'
      : 'Open it with signerFrom(provider): it then approves and stakes in two transactions. A wallet that can upgrade the account does so only with `mayUpgrade: true`.'
  }
}

/**
 * The run stakes for a wallet that mints the key, and this process was not given the signer of that wallet. Nothing was done.
 *
 * @hint Name the same wallet again in `--mint-as`, with its key.
 */
export class MinterMissingError extends OnboardingError {
  override readonly name = 'MinterMissingError'
  readonly code = 'wallet/minter-missing'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint: Told

  constructor(mintAs: Address, options: ErrorOptions = {}) {
    super(`The run mints its key as ${mintAs}, and cannot sign for it.`, options)
    this.hint = say`Name ${mintAs} again in ${setting('mintAs')}, with its key.`
  }
}

/** The wallet cannot stake for the one that is to mint, or not together with what else is asked for. Nothing was done. */
export class MintAsUnusableError extends OnboardingError {
  override readonly name = 'MintAsUnusableError'
  readonly code = 'wallet/mint-as-unusable'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint =
    'Another wallet can mint only for a smart account. It needs a private key of its own, and only the API key can then pay for calls. For any other wallet, use a sponsor.'

  constructor(why: string, options: ErrorOptions = {}) {
    super(why, options)
  }
}

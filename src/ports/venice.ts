import type { Address, Hex } from '../domain/addresses.ts'
import type { Challenge } from '../domain/challenge.ts'
import type { RateLimits } from '../domain/funding.ts'
import type { KeyRequest, ListedKey, MintedKey } from '../domain/key.ts'
import type { Payment, PaymentTerms, WalletCredit } from '../domain/payment.ts'
import type { TextModel, TokenUsage } from '../domain/proof.ts'

export interface MintRequest {
  address: Address
  signature: Hex
  challenge: Challenge
  key: KeyRequest
  /** Sent as `description`; see `labelOf`. */
  label: string
}

/** Venice's HTTP API. Every call has a time-out and rejects with a class of `errors/venice`. */
export interface Venice {
  /** Of the API, e.g. `https://api.venice.ai`. Absent where no key leaves this process. */
  readonly origin?: string
  /**
   * Asks for something to sign, and checks that it is what it claims: a SIWE message for this address, domain, chain
   * and purpose, or else a token. No side effects; safe to repeat.
   *
   * @throws {ChallengeRefusedError} it is something else; nothing may be signed.
   */
  fetchChallenge(address: Address, signal?: AbortSignal): Promise<Challenge>
  /**
   * Mints a key. NOT safe to repeat with a `jwt` challenge: each success is another key.
   *
   * @throws {MintOutcomeUnknownError} a key may exist. Every other error means that none was made.
   */
  mint(request: MintRequest, signal?: AbortSignal): Promise<MintedKey>
  /** What the key behind `apiKey` may spend. No side effects; safe to repeat. */
  rateLimits(apiKey: string, signal?: AbortSignal): Promise<RateLimits>
  /**
   * The active keys of the account behind `adminKey`, newest first; all of them, as the list has no pages. No side
   * effects; safe to repeat.
   *
   * @throws {AdminKeyRequiredError} {AuthenticationFailedError}
   */
  listKeys(adminKey: string, signal?: AbortSignal): Promise<readonly ListedKey[]>
  /**
   * Deletes a key of the account behind `adminKey`, at once and for good; it may be `adminKey` itself. Safe to repeat.
   *
   * @throws {KeyNotFoundError} it is gone already. {AdminKeyRequiredError} {AuthenticationFailedError}
   */
  deleteKey(adminKey: string, id: string, signal?: AbortSignal): Promise<void>
  /** The text models that cost something and are online, with their prices. Public. No side effects; safe to repeat. */
  textModels(signal?: AbortSignal): Promise<readonly TextModel[]>
  /**
   * The smallest completion of `model` that there is: one word asked, one token answered. NOT safe to repeat for nothing:
   * each costs a fraction of a cent, the one whose answer is lost included.
   *
   * @returns the tokens that were charged.
   * @throws {BalanceInsufficientError} {KeyUsdLimitReachedError} {KeyDiemLimitReachedError} {WalletCreditTooLowError}
   *   {NoCredentialError} Venice was not paid.
   */
  complete(apiKey: string, model: string): Promise<TokenUsage>
  /** What Venice asks for credit of a wallet, as its live 402 says. Public. No side effects; safe to repeat. */
  paymentTerms(signal?: AbortSignal): Promise<PaymentTerms>
  /**
   * Posts a signed payment. Safe to repeat with the same payment: it is credited once.
   *
   * @throws {PaymentOutcomeUnknownError} {PaymentInProgressError} it may be settled: ask the chain before anything else.
   * @throws {SettlementFailedError} no USDC has moved. {PaymentRefusedError} Venice does not take it.
   */
  topUp(payment: Payment, signature: Hex): Promise<{ paymentId: string }>
  /**
   * The credit of the wallet that this client signs in for. Side effects: one signature of a sign-in message; safe to
   * repeat.
   */
  walletCredit(address: Address, signal?: AbortSignal): Promise<WalletCredit>
  /** As `complete`, paid by the wallet that this client signs in for. */
  completeAsWallet(model: string): Promise<TokenUsage>
  /** Milliseconds the server's clock is ahead of ours; a challenge lives 15 minutes of it. No side effects. */
  clockSkewMs(signal?: AbortSignal): Promise<number>
}

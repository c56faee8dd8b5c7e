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
  /** Loads ahead what reads the next answers. Sends no request, and never rejects. Absent if there is nothing to load. */
  prepare?(): Promise<void>
  /** Origin of the API, e.g. `https://api.venice.ai`. Absent if no key leaves this process. */
  readonly origin?: string
  /**
   * Requests a challenge and checks it: it must be a SIWE message for this address, domain, chain and purpose, or a
   * token. No side effects; safe to repeat.
   *
   * @throws {ChallengeRefusedError} it is something else, and must not be signed.
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
   * All active keys of the account of `adminKey`, newest first. The list has no pages. No side effects; safe to repeat.
   *
   * @throws {AdminKeyRequiredError} {AuthenticationFailedError}
   */
  listKeys(adminKey: string, signal?: AbortSignal): Promise<readonly ListedKey[]>
  /**
   * Deletes a key of the account of `adminKey`, at once and for good. The key may be `adminKey` itself. Safe to repeat.
   *
   * @throws {KeyNotFoundError} it was deleted before. {AdminKeyRequiredError} {AuthenticationFailedError}
   */
  deleteKey(adminKey: string, id: string, signal?: AbortSignal): Promise<void>
  /** The text models that are online and not free, with their prices. Public. No side effects; safe to repeat. */
  textModels(signal?: AbortSignal): Promise<readonly TextModel[]>
  /**
   * The smallest possible completion of `model`: one word in, one token out. NOT free to repeat: each call costs a
   * fraction of a cent, also when its answer is lost.
   *
   * @returns the tokens that were charged.
   * @throws {BalanceInsufficientError} {KeyUsdLimitReachedError} {KeyDiemLimitReachedError} {WalletCreditTooLowError}
   *   {NoCredentialError} Venice was not paid.
   */
  complete(apiKey: string, model: string): Promise<TokenUsage>
  /** What Venice asks for credit of a wallet, as its live 402 says. Public. No side effects; safe to repeat. */
  paymentTerms(signal?: AbortSignal): Promise<PaymentTerms>
  /**
   * Posts a signed payment. Safe to repeat with the same payment, which is credited only once.
   *
   * @throws {PaymentOutcomeUnknownError} {PaymentInProgressError} it may be settled: read the chain before anything
   * else.
   * @throws {SettlementFailedError} no USDC was moved. {PaymentRefusedError} Venice does not accept it.
   */
  topUp(payment: Payment, signature: Hex): Promise<{ paymentId: string }>
  /**
   * The credit of the wallet that this client signs in as. Side effect: one signed sign-in message. Safe to repeat.
   */
  walletCredit(address: Address, signal?: AbortSignal): Promise<WalletCredit>
  /** As `complete`, paid by the wallet that this client signs in as. */
  completeAsWallet(model: string): Promise<TokenUsage>
  /**
   * Milliseconds that the server's clock is ahead of ours. A challenge is valid for 15 minutes by the server's clock.
   * No side effects.
   */
  clockSkewMs(signal?: AbortSignal): Promise<number>
}

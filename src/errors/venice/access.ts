import { action, say, setting } from '../../domain/next-action.ts'
import { type Exchange, VeniceError } from './base.ts'

/**
 * The key works, but not on this route.
 * @see https://github.com/veniceai/skills/blob/main/skills/venice-api-keys/SKILL.md#key-types (2026-10-02)
 */
export class AdminKeyRequiredError extends VeniceError {
  static readonly status = 401
  static readonly match = /Admin API key required/
  override readonly name = 'AdminKeyRequiredError'
  readonly code = 'venice/admin-key-required'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint = say`Use a key minted with ${setting('keyType', 'ADMIN')}.`

  constructor(exchange: Exchange = {}) {
    super('This request needs an ADMIN key; the key given is an INFERENCE key.', exchange)
  }
}

/**
 * The wallet's credential for one request was used before. Each is made for one request, so something in between repeated it.
 * @see https://github.com/veniceai/skills/blob/main/skills/venice-auth/SKILL.md (2026-10-02)
 */
export class SignInUsedError extends VeniceError {
  static readonly status = 401
  static readonly match = /X402_SIGN_IN_NONCE_REUSED/
  override readonly name = 'SignInUsedError'
  readonly code = 'venice/sign-in-used'
  readonly recovery = 'retry'
  readonly exit = 'transient'
  readonly hint = 'Try again. If the error repeats, look for a proxy that repeats requests.'

  constructor(exchange: Exchange = {}) {
    super('Venice has seen this sign-in of the wallet before.', exchange)
  }
}

/**
 * By Venice's clock, the wallet's credential is too old (5 minutes are allowed) or from the future (30 seconds are allowed).
 * @see https://github.com/veniceai/skills/blob/main/skills/venice-auth/SKILL.md (2026-10-02)
 */
export class SignInClockError extends VeniceError {
  static readonly status = 401
  static readonly match = /X402_SIGN_IN_(EXPIRED|FUTURE_TIMESTAMP|NOT_BEFORE|TIMESTAMP_MISMATCH)/
  override readonly name = 'SignInClockError'
  readonly code = 'venice/sign-in-clock'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint = say`Set the clock of this machine; ${action('doctor')} shows how far it is off.`

  constructor(exchange: Exchange = {}) {
    super('The time in the sign-in of the wallet does not match Venice’s clock.', exchange)
  }
}

/**
 * Venice refuses the wallet's credential. The routes for credit give no code.
 * @see https://github.com/veniceai/skills/blob/main/skills/venice-auth/SKILL.md (2026-10-02)
 */
export class SignInRefusedError extends VeniceError {
  static readonly status = 401
  static readonly match = /X402_SIGN_IN_|X402_INVALID_SIGN_IN|Invalid Sign-in-with-x/i
  override readonly name = 'SignInRefusedError'
  readonly code = 'venice/sign-in-refused'
  readonly recovery = 'stop'
  readonly exit = 'rejected'
  readonly hint =
    say`Check the clock of this machine with ${action('doctor')}, and that the wallet signs with its own key, not as a contract.`

  constructor(exchange: Exchange = {}) {
    super('Venice refuses the sign-in of the wallet.', exchange)
  }
}

/**
 * The key is unknown, expired or revoked.
 * @see https://docs.venice.ai/api-reference/error-codes (2026-08)
 */
export class AuthenticationFailedError extends VeniceError {
  static readonly status = 401
  override readonly name = 'AuthenticationFailedError'
  readonly code = 'venice/authentication-failed'
  readonly recovery = 'stop'
  readonly exit = 'rejected'
  readonly hint =
    say`Check whether the key has expired or was revoked. To mint another one, put the run aside with ${action('wipe')}.`

  constructor(exchange: Exchange = {}) {
    super('Venice does not accept the credential: it is unknown, expired or revoked.', exchange)
  }
}

/**
 * The request arrived without a credential. Venice answers that with 402 and x402's payment terms, not with 401.
 * @see https://github.com/veniceai/skills/blob/main/skills/venice-errors/SKILL.md (2026-10-02)
 */
export class NoCredentialError extends VeniceError {
  static readonly status = 402
  static readonly match = /Authentication required/
  override readonly name = 'NoCredentialError'
  readonly code = 'venice/no-credential'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint = 'Give a key; if one was given, look for a proxy that removes the Authorization header.'

  constructor(exchange: Exchange = {}) {
    super('The request reached Venice without a credential.', exchange)
  }
}

/**
 * The wallet signed in, but its x402 credit is below the minimum ($0.10).
 * @see https://github.com/veniceai/skills/blob/main/skills/venice-errors/SKILL.md (2026-10-02)
 */
export class WalletCreditTooLowError extends VeniceError {
  static readonly status = 402
  static readonly match = /PAYMENT_REQUIRED/
  override readonly name = 'WalletCreditTooLowError'
  readonly code = 'venice/wallet-credit-too-low'
  readonly recovery = 'fund'
  readonly exit = 'funds'
  readonly hint = say`Top up the wallet with USDC on Base: ${action('fund.x402', { amount: '5' })}.`

  constructor(exchange: Exchange = {}) {
    super('The x402 credit of the wallet is below the $0.10 that Venice requires.', exchange)
  }
}

/**
 * The account behind the key is empty, or has less than this request costs.
 * @see https://github.com/veniceai/skills/blob/main/skills/venice-errors/SKILL.md (2026-10-02)
 */
export class BalanceInsufficientError extends VeniceError {
  static readonly status = 402
  static readonly match = /Insufficient USD or Diem balance|INSUFFICIENT_BALANCE/
  override readonly name = 'BalanceInsufficientError'
  readonly code = 'venice/balance-insufficient'
  readonly recovery = 'fund'
  readonly exit = 'funds'
  readonly hint =
    'Stake at least 0.1 DIEM with this wallet or add credit at https://venice.ai/settings/api; with staked DIEM, wait for the next epoch (00:00 UTC).'

  constructor(exchange: Exchange = {}) {
    super('The Venice account has neither enough DIEM nor enough credit for this request.', exchange)
  }
}

/**
 * The key has spent what its own USD limit allows; the account may hold more.
 * @see https://github.com/veniceai/skills/blob/main/skills/venice-api-keys/SKILL.md (2026-10-02)
 */
export class KeyUsdLimitReachedError extends VeniceError {
  static readonly status = 402
  static readonly match = /API key USD spend limit exceeded|API_KEY_USD_SPEND_LIMIT_EXCEEDED/
  override readonly name = 'KeyUsdLimitReachedError'
  readonly code = 'venice/key-usd-limit-reached'
  readonly recovery = 'fixInput'
  readonly exit = 'funds'
  readonly hint =
    say`Wait until the limit period of the key resets, or mint a key with a higher ${setting('limit', 'usd=')}.`

  constructor(exchange: Exchange = {}) {
    super('The key has reached its own USD spending limit.', exchange)
  }
}

/**
 * The key has spent what its own DIEM limit allows; the account may hold more.
 * @see https://github.com/veniceai/skills/blob/main/skills/venice-api-keys/SKILL.md (2026-10-02)
 */
export class KeyDiemLimitReachedError extends VeniceError {
  static readonly status = 402
  static readonly match = /API key DIEM spend limit exceeded|API_KEY_DIEM_SPEND_LIMIT_EXCEEDED/
  override readonly name = 'KeyDiemLimitReachedError'
  readonly code = 'venice/key-diem-limit-reached'
  readonly recovery = 'fixInput'
  readonly exit = 'funds'
  readonly hint =
    say`Wait until the limit period of the key resets, or mint a key with a higher ${setting('limit', 'diem=')}.`

  constructor(exchange: Exchange = {}) {
    super('The key has reached its own DIEM spending limit.', exchange)
  }
}

/**
 * The account may not use the API.
 * @see https://docs.venice.ai/api-reference/error-codes (2026-08: `API_ACCESS_DISABLED`)
 */
export class ApiAccessDisabledError extends VeniceError {
  static readonly status = 403
  static readonly match = /API_ACCESS_DISABLED|API access (?:is |has been )?disabled/i
  override readonly name = 'ApiAccessDisabledError'
  readonly code = 'venice/api-access-disabled'
  readonly recovery = 'stop'
  readonly exit = 'rejected'
  readonly hint = 'Ask Venice why the API is closed to this account; another key or another stake does not open it.'

  constructor(exchange: Exchange = {}) {
    super('Venice has disabled API access for this account.', exchange)
  }
}

/**
 * This wallet, model or region is blocked.
 * @see https://docs.venice.ai/api-reference/error-codes (2026-08)
 */
export class ForbiddenError extends VeniceError {
  static readonly status = 403
  override readonly name = 'ForbiddenError'
  readonly code = 'venice/forbidden'
  readonly recovery = 'stop'
  readonly exit = 'rejected'
  readonly hint = 'Read what Venice said. Repeating the request does not help.'

  constructor(exchange: Exchange = {}) {
    super('Venice forbids this request.', exchange)
  }
}

import { action, say } from '../../domain/next-action.ts'
import { type Exchange, VeniceError, walletOf } from './base.ts'

/**
 * The address in the request is not one.
 * @see https://docs.venice.ai/guides/integrations/generating-api-key-agent#error-reference (2026-08-20)
 */
export class InvalidAddressError extends VeniceError {
  static readonly status = 400
  static readonly match = /Invalid wallet address/
  override readonly name = 'InvalidAddressError'
  readonly code = 'venice/invalid-address'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint = 'Give the key of an ordinary EVM wallet: its address is 0x and 40 hex digits.'

  constructor(exchange: Exchange = {}) {
    super(`Venice does not accept ${walletOf(exchange)} as a wallet address.`, exchange)
  }
}

/**
 * The validation token expired before the mint request arrived (15 minutes after issue).
 * @see https://docs.venice.ai/guides/integrations/generating-api-key-agent#error-reference (2026-08-20)
 */
export class TokenExpiredError extends VeniceError {
  static readonly status = 400
  static readonly match = /JWT has expired/
  override readonly name = 'TokenExpiredError'
  readonly code = 'venice/token-expired'
  readonly recovery = 'refreshToken'
  readonly exit = 'transient'
  readonly hint = 'Fetch a new token, sign it, and submit it at once.'

  constructor(exchange: Exchange = {}) {
    super('The validation token expired before the mint request reached Venice.', exchange)
  }
}

/**
 * The token does not carry Venice's own signature.
 * @see https://docs.venice.ai/guides/integrations/generating-api-key-agent#error-reference (2026-08-20)
 */
export class TokenSignatureInvalidError extends VeniceError {
  static readonly status = 400
  static readonly match = /JWT signature is invalid/
  override readonly name = 'TokenSignatureInvalidError'
  readonly code = 'venice/token-signature-invalid'
  readonly recovery = 'refreshToken'
  readonly exit = 'transient'
  readonly hint =
    'Fetch a new token and submit it unchanged. If this repeats, something between here and Venice alters it.'

  constructor(exchange: Exchange = {}) {
    super('Venice does not recognise its own signature on the validation token.', exchange)
  }
}

/**
 * The token was issued by another issuer or for another audience.
 * @see https://docs.venice.ai/guides/integrations/generating-api-key-agent#error-reference (2026-08-20)
 */
export class TokenClaimsInvalidError extends VeniceError {
  static readonly status = 400
  static readonly match = /JWT claims are invalid/
  override readonly name = 'TokenClaimsInvalidError'
  readonly code = 'venice/token-claims-invalid'
  readonly recovery = 'refreshToken'
  readonly exit = 'transient'
  readonly hint = 'Fetch a new token from the same API URL that the mint request goes to.'

  constructor(exchange: Exchange = {}) {
    super('The validation token was issued for something other than minting a key at this API.', exchange)
  }
}

/**
 * The token cannot be read as a JWT.
 * @see https://docs.venice.ai/guides/integrations/generating-api-key-agent#error-reference (2026-08-20)
 */
export class TokenMalformedError extends VeniceError {
  static readonly status = 400
  static readonly match = /JWT is malformed/
  override readonly name = 'TokenMalformedError'
  readonly code = 'venice/token-malformed'
  readonly recovery = 'refreshToken'
  readonly exit = 'transient'
  readonly hint = 'Fetch a new token and submit it unchanged.'

  constructor(exchange: Exchange = {}) {
    super('Venice cannot read the validation token.', exchange)
  }
}

/**
 * The signature was not made over this challenge by the key that owns the address.
 * @see https://docs.venice.ai/guides/integrations/generating-api-key-agent#error-reference (2026-08-20)
 */
export class WalletSignatureMismatchError extends VeniceError {
  static readonly status = 400
  static readonly match = /Wallet signature does not match/
  override readonly name = 'WalletSignatureMismatchError'
  readonly code = 'venice/wallet-signature-mismatch'
  readonly recovery = 'signAgain'
  readonly exit = 'rejected'
  readonly hint = 'Sign the exact text of the challenge with personal_sign and the wallet that owns the address.'

  constructor(exchange: Exchange = {}) {
    super(`The signature over the challenge is not one of ${walletOf(exchange)}.`, exchange)
  }
}

/**
 * Venice's own call to Base, which checks the signature, failed.
 * @see https://docs.venice.ai/guides/integrations/generating-api-key-agent#error-reference (2026-08-20)
 */
export class SignatureNotVerifiedError extends VeniceError {
  static readonly status = 400
  static readonly match = /Could not verify wallet signature/
  override readonly name = 'SignatureNotVerifiedError'
  readonly code = 'venice/signature-not-verified'
  readonly recovery = 'retry'
  readonly exit = 'transient'
  readonly hint = 'Submit the same signature again after a pause.'

  constructor(exchange: Exchange = {}) {
    super(`Venice could not check the signature of ${walletOf(exchange)} on Base at the moment.`, exchange)
  }
}

/**
 * Venice sees no sVVV in the wallet. One source quotes the message with the address after `Wallet`.
 * @see https://docs.venice.ai/guides/integrations/generating-api-key-agent#error-reference (2026-08-20)
 * @see https://github.com/veniceai/skills/blob/main/skills/venice-api-keys/SKILL.md (2026-10-02)
 */
export class NoStakedVvvError extends VeniceError {
  static readonly status = 400
  static readonly match = /Wallet .{0,100}has no staked VVV on Base/
  override readonly name = 'NoStakedVvvError'
  readonly code = 'venice/no-staked-vvv'
  readonly recovery = 'stake'
  readonly exit = 'rejected'
  readonly hint = 'Stake VVV on Base with this wallet; after a confirmed stake, Venice needs a moment to see it.'

  constructor(exchange: Exchange = {}) {
    super(`Venice sees no VVV staked on Base by ${walletOf(exchange)}.`, exchange)
  }
}

/**
 * The account has 500 active keys, the maximum. The wording is not documented.
 * @see https://github.com/veniceai/skills/blob/main/skills/venice-api-keys/SKILL.md#errors (2026-10-02)
 */
export class TooManyKeysError extends VeniceError {
  static readonly status = 400
  static readonly match = /\b(?:max|maximum|limit of|500)\b.{0,100}\bkeys\b|\bkey limit\b/i
  override readonly name = 'TooManyKeysError'
  readonly code = 'venice/too-many-keys'
  readonly recovery = 'stop'
  readonly exit = 'rejected'
  readonly hint =
    'Revoke keys that are no longer used at https://venice.ai/settings/api, then run the same command again.'

  constructor(exchange: Exchange = {}) {
    super(`The Venice account of ${walletOf(exchange)} has reached the maximum of 500 active API keys.`, exchange)
  }
}

/**
 * The mint request went out and no readable answer came back: Venice may have made a key that nobody holds.
 * The route has no idempotency key, and a token can be used again, so posting it again may make another.
 * @see https://github.com/veniceai/api-docs/pull/376 (2026-07-28: tokens can be replayed)
 */
export class MintOutcomeUnknownError extends VeniceError {
  override readonly name = 'MintOutcomeUnknownError'
  readonly code = 'venice/mint-outcome-unknown'
  readonly recovery = 'resolveMint'
  readonly exit = 'transient'
  readonly hint =
    say`Do not mint again by hand. Run the same command again: it looks for the key, and prints the label of a key that may be left over. ${action('keys.reclaim', { withAdminKey: true })} finds and deletes that key.`
  override readonly mayBeDone = true

  constructor(exchange: Exchange = {}) {
    super(`Venice may have minted a key for ${walletOf(exchange)}, but the answer was lost.`, exchange)
  }
}

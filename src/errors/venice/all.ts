import * as access from './access.ts'
import type { VeniceErrorClass } from './base.ts'
import * as challenge from './challenge.ts'
import * as http from './http.ts'
import * as keys from './keys.ts'
import * as mint from './mint.ts'
import * as transport from './transport.ts'

export * from './access.ts'
export { type Exchange, VeniceError, type VeniceErrorClass } from './base.ts'
export * from './challenge.ts'
export * from './http.ts'
export * from './keys.ts'
export * from './mint.ts'
export * from './transport.ts'

/** Errors that Venice's replies are recognised as: the first whose `status` and `match` fit. */
export const REPLY_ERRORS: readonly VeniceErrorClass[] = [
  http.BrowserCheckError,
  mint.InvalidAddressError,
  mint.TokenExpiredError,
  mint.TokenSignatureInvalidError,
  mint.TokenClaimsInvalidError,
  mint.TokenMalformedError,
  mint.WalletSignatureMismatchError,
  mint.SignatureNotVerifiedError,
  mint.NoStakedVvvError,
  challenge.ChallengeExpiredError,
  challenge.ChallengeUsedError,
  challenge.ChallengeOtherWalletError,
  challenge.ChallengeNotValidError,
  challenge.ChallengeStatementModifiedError,
  challenge.ChallengeDomainError,
  mint.TooManyKeysError,
  keys.KeyNotFoundError,
  http.InvalidRequestError,
  http.ContentTypeRefusedError,
  access.AdminKeyRequiredError,
  access.SignInUsedError,
  access.SignInClockError,
  access.SignInRefusedError,
  access.AuthenticationFailedError,
  access.NoCredentialError,
  access.WalletCreditTooLowError,
  access.BalanceInsufficientError,
  access.KeyUsdLimitReachedError,
  access.KeyDiemLimitReachedError,
  access.ApiAccessDisabledError,
  http.BlockedError,
  access.ForbiddenError,
  http.NotFoundError,
  http.RequestTimedOutError,
  http.GoneError,
  http.PayloadTooLargeError,
  http.OverloadedError,
  http.ErrorBudgetSpentError,
  http.RateLimitedError,
  http.UnavailableError,
]

/** Every error about Venice, in the order of its documentation; those without a text to know them by come last. */
export const VENICE_ERRORS: readonly VeniceErrorClass[] = [
  ...REPLY_ERRORS,
  http.UnrecognisedVeniceError,
  http.NoModelAnsweredError,
  mint.MintOutcomeUnknownError,
  challenge.ChallengeRefusedError,
  transport.UnsendableRequestError,
  transport.HostNotFoundError,
  transport.ConnectionFailedError,
  transport.TlsFailedError,
  transport.ConnectionLostError,
  transport.ExchangeTimedOutError,
  transport.RedirectRefusedError,
  transport.AnswerTooLargeError,
  transport.HtmlAnswerError,
  transport.InvalidJsonError,
  transport.UnexpectedShapeError,
]

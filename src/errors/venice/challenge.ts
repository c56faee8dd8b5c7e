import { say, setting } from '../../domain/next-action.ts'
import { because, type Exchange, VeniceError, walletOf } from './base.ts'

/**
 * The SIWE message expired before it was submitted (15 minutes after issue).
 * @see https://github.com/veniceai/api-docs/pull/376 (2026-07-28)
 */
export class ChallengeExpiredError extends VeniceError {
  static readonly status = 400
  static readonly match = /The challenge has expired/
  override readonly name = 'ChallengeExpiredError'
  readonly code = 'venice/challenge-expired'
  readonly recovery = 'refreshToken'
  readonly exit = 'transient'
  readonly hint = 'Fetch a new challenge, sign it, and submit it at once.'

  constructor(exchange: Exchange = {}) {
    super('The challenge expired before the mint request reached Venice.', exchange)
  }
}

/**
 * A key was minted with this challenge. Only a success uses a challenge up, so if this program does not hold
 * that key, the answer to an earlier request was lost.
 * @see https://github.com/veniceai/api-docs/pull/376 (2026-07-28)
 */
export class ChallengeUsedError extends VeniceError {
  static readonly status = 400
  static readonly match = /This challenge has already been used/
  override readonly name = 'ChallengeUsedError'
  readonly code = 'venice/challenge-used'
  readonly recovery = 'refreshToken'
  readonly exit = 'transient'
  readonly hint = 'A key was minted with this challenge. Fetch a new challenge only to mint another key.'

  constructor(exchange: Exchange = {}) {
    super('A key was already minted with this challenge.', exchange)
  }
}

/**
 * The challenge names another wallet than the mint request. This program checks that before it signs, so all it can do is
 * to fetch a new challenge.
 * @see https://github.com/veniceai/api-docs/pull/376 (2026-07-28)
 */
export class ChallengeOtherWalletError extends VeniceError {
  static readonly status = 400
  static readonly match = /issued for a different wallet/
  override readonly name = 'ChallengeOtherWalletError'
  readonly code = 'venice/challenge-other-wallet'
  readonly recovery = 'refreshToken'
  readonly exit = 'transient'
  readonly hint = 'Fetch a new challenge for the address that signs it.'

  constructor(exchange: Exchange = {}) {
    super(`Venice issued the challenge for a wallet other than ${walletOf(exchange)}.`, exchange)
  }
}

/**
 * The message submitted is not one that Venice issued.
 * @see https://github.com/veniceai/api-docs/pull/376 (2026-07-28)
 */
export class ChallengeNotValidError extends VeniceError {
  static readonly status = 400
  static readonly match = /not a valid Venice API key authorization challenge/
  override readonly name = 'ChallengeNotValidError'
  readonly code = 'venice/challenge-not-valid'
  readonly recovery = 'refreshToken'
  readonly exit = 'transient'
  readonly hint = 'Fetch a new challenge and submit it unchanged.'

  constructor(exchange: Exchange = {}) {
    super('Venice does not recognise the challenge as one that it issued.', exchange)
  }
}

/**
 * The statement in the message is not the one Venice wrote.
 * @see https://github.com/veniceai/api-docs/pull/376 (2026-07-28)
 */
export class ChallengeStatementModifiedError extends VeniceError {
  static readonly status = 400
  static readonly match = /The challenge statement was modified/
  override readonly name = 'ChallengeStatementModifiedError'
  readonly code = 'venice/challenge-statement-modified'
  readonly recovery = 'refreshToken'
  readonly exit = 'transient'
  readonly hint =
    'Fetch a new challenge and submit it unchanged. If this repeats, something between here and Venice alters it.'

  constructor(exchange: Exchange = {}) {
    super('The statement in the challenge is not the one that Venice wrote.', exchange)
  }
}

/**
 * The message names another domain than Venice's.
 * @see https://github.com/veniceai/api-docs/pull/376 (2026-07-28)
 */
export class ChallengeDomainError extends VeniceError {
  static readonly status = 400
  static readonly match = /The challenge domain must be/
  override readonly name = 'ChallengeDomainError'
  readonly code = 'venice/challenge-domain'
  readonly recovery = 'refreshToken'
  readonly exit = 'transient'
  readonly hint = 'Fetch a new challenge from the same API URL that the mint request goes to.'

  constructor(exchange: Exchange = {}) {
    super('The challenge names a domain other than the one Venice answers for.', exchange)
  }
}

/**
 * The challenge is not what it claims to be. It was not signed, because the signature might be used elsewhere.
 * @see https://eips.ethereum.org/EIPS/eip-4361#wallet-implementer-steps
 */
export class ChallengeRefusedError extends VeniceError {
  override readonly name = 'ChallengeRefusedError'
  readonly code = 'venice/challenge-refused'
  readonly recovery = 'stop'
  readonly exit = 'refused'
  readonly hint = say`Check ${setting('apiUrl')}. If it is right, do not sign: tell Venice what its API offered.`

  constructor(exchange: Exchange = {}) {
    super(`The challenge was not signed${because(exchange)}`, exchange)
  }
}

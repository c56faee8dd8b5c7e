import { action, say, setting } from '../../domain/next-action.ts'
import { because, type Exchange, VeniceError } from './base.ts'

/**
 * The request does not fit Venice's schema. Every field that is wrong is a fact of the error.
 * @see https://github.com/veniceai/skills/blob/main/skills/venice-errors/SKILL.md (2026-10-02: `DetailedError`)
 */
export class InvalidRequestError extends VeniceError {
  static readonly status = 400
  static readonly match = /Invalid request parameters/
  override readonly name = 'InvalidRequestError'
  readonly code = 'venice/invalid-request'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint = 'Change the option behind each field named here, then run the same command again.'

  constructor(exchange: Exchange = {}) {
    super('Venice refuses the request because of its fields.', exchange)
  }
}

/**
 * The request arrived without saying that it is JSON, though we say so. Documented as 415; the live API answers with 400.
 * @see https://github.com/veniceai/skills/blob/main/skills/venice-errors/SKILL.md (2026-10-02)
 */
export class ContentTypeRefusedError extends VeniceError {
  static readonly status = [400, 415]
  static readonly match = /Content-Type|INVALID_CONTENT_TYPE/i
  override readonly name = 'ContentTypeRefusedError'
  readonly code = 'venice/content-type-refused'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint = 'Look for a proxy between here and Venice that changes the Content-Type header.'

  constructor(exchange: Exchange = {}) {
    super('The request reached Venice without its content type.', exchange)
  }
}

/**
 * There is no such route.
 * @see https://docs.venice.ai/api-reference/error-codes (2026-08)
 */
export class NotFoundError extends VeniceError {
  static readonly status = 404
  override readonly name = 'NotFoundError'
  readonly code = 'venice/not-found'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint = say`Check ${setting('apiUrl')}: it ends in /api/v1.`

  constructor(exchange: Exchange = {}) {
    super('The server at the API URL does not know this route.', exchange)
  }
}

/** The server gave up waiting for the request, or for its own work on it. Not documented by Venice; proxies send it. */
export class RequestTimedOutError extends VeniceError {
  static readonly status = 408
  override readonly name = 'RequestTimedOutError'
  readonly code = 'venice/request-timed-out'
  readonly recovery = 'retry'
  readonly exit = 'transient'
  readonly hint = 'Try again after a pause.'
  override readonly mayBeDone = true

  constructor(exchange: Exchange = {}) {
    super('The server gave up on the request.', exchange)
  }
}

/**
 * Venice has retired the route.
 * @see https://github.com/veniceai/skills/blob/main/skills/venice-errors/SKILL.md (2026-10-02)
 */
export class GoneError extends VeniceError {
  static readonly status = 410
  override readonly name = 'GoneError'
  readonly code = 'venice/gone'
  readonly recovery = 'stop'
  readonly exit = 'rejected'
  readonly hint = 'Update venice-onboard: Venice has replaced this route.'

  constructor(exchange: Exchange = {}) {
    super('Venice has retired this route.', exchange)
  }
}

/**
 * The request is larger than the server accepts.
 * @see https://docs.venice.ai/api-reference/error-codes (2026-08)
 */
export class PayloadTooLargeError extends VeniceError {
  static readonly status = 413
  override readonly name = 'PayloadTooLargeError'
  readonly code = 'venice/payload-too-large'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint = say`Shorten the options, such as ${setting('description')}.`

  constructor(exchange: Exchange = {}) {
    super('The request is larger than the server accepts.', exchange)
  }
}

/**
 * Venice is overloaded. Carries Venice's `Retry-After`, by default 30 s.
 * @see https://github.com/veniceai/skills/blob/main/skills/venice-errors/SKILL.md (2026-10-02)
 */
export class OverloadedError extends VeniceError {
  static readonly status = 429
  static readonly match = /overloaded|at capacity/i
  override readonly name = 'OverloadedError'
  readonly code = 'venice/overloaded'
  readonly recovery = 'retry'
  readonly exit = 'transient'
  readonly hint = 'Try again after a pause.'

  constructor(exchange: Exchange = {}) {
    super('Venice is overloaded at the moment.', exchange)
  }
}

/**
 * Too many failed requests (50 in 30 s): every further one is refused until the budget resets. Carries that time.
 * @see https://github.com/veniceai/skills/blob/main/skills/venice-errors/SKILL.md (2026-10-02)
 */
export class ErrorBudgetSpentError extends VeniceError {
  static readonly status = 429
  static readonly match = /Too many failed attempts/
  override readonly name = 'ErrorBudgetSpentError'
  readonly code = 'venice/error-budget-spent'
  readonly recovery = 'retry'
  readonly exit = 'transient'
  readonly hint = 'Wait half a minute. Send no other requests with this key meanwhile: failed requests count too.'

  constructor(exchange: Exchange = {}) {
    super('Too many requests from here have failed, so Venice accepts none at the moment.', exchange)
  }
}

/**
 * Too many requests. Carries the wait that Venice asked for, if it did.
 * @see https://docs.venice.ai/api-reference/rate-limiting (2026-08)
 */
export class RateLimitedError extends VeniceError {
  static readonly status = 429
  override readonly name = 'RateLimitedError'
  readonly code = 'venice/rate-limited'
  readonly recovery = 'retry'
  readonly exit = 'transient'
  readonly hint = 'Try again after a pause.'

  constructor(exchange: Exchange = {}) {
    super('Venice accepts no more requests from here at the moment.', exchange)
  }
}

/**
 * Venice, or something in front of it, failed. It may have carried out the request before that.
 * @see https://docs.venice.ai/api-reference/error-codes (2026-08)
 */
export class UnavailableError extends VeniceError {
  static readonly status = '5xx'
  override readonly name = 'UnavailableError'
  readonly code = 'venice/unavailable'
  readonly recovery = 'retry'
  readonly exit = 'transient'
  readonly hint = 'Try again after a pause.'
  override readonly mayBeDone = true

  constructor(exchange: Exchange = {}) {
    super('Venice, or something in front of it, failed.', exchange)
  }
}

/**
 * Something in front of Venice wants to see a browser first, as Cloudflare does where it doubts an address.
 * @see https://developers.cloudflare.com/cloudflare-challenges/challenge-types/challenge-pages/detect-response/
 */
export class BrowserCheckError extends VeniceError {
  /** The page has its words in a title; the header, which is proof, is looked at before. */
  static readonly status = [401, 403, 429, 503]
  static readonly match = /^a web page titled "(?:just a moment|attention required|checking your browser|ddos-guard)/i
  override readonly name = 'BrowserCheckError'
  readonly code = 'venice/browser-check'
  readonly recovery = 'retry'
  readonly exit = 'transient'
  readonly hint =
    'Venice itself did not see the request. Try again after a pause, or from another network: it distrusts some VPNs and clouds.'

  constructor(exchange: Exchange = {}) {
    super('A server in front of Venice wants to check a browser first.', exchange)
  }
}

/** A web page says no: a block by address or country, a company's proxy, a wrong URL. Venice answers with JSON. */
export class BlockedError extends VeniceError {
  static readonly status = [403, 407]
  /** Not the code that Venice documents for its own. */
  static readonly match = /^a web page titled (?!.*UNAUTHORIZED)/
  override readonly name = 'BlockedError'
  readonly code = 'venice/blocked'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint =
    say`Venice itself did not see the request. Check ${setting('apiUrl')} and any proxy, or try from another network or country.`

  constructor(exchange: Exchange = {}) {
    super('A web page in front of Venice refuses the request.', exchange)
  }
}

/** Every model that was tried for a paid call refused it. Nothing was charged. The facts say what each answered. */
export class NoModelAnsweredError extends VeniceError {
  override readonly name = 'NoModelAnsweredError'
  readonly code = 'venice/no-model-answered'
  readonly recovery = 'stop'
  readonly exit = 'rejected'
  readonly hint =
    say`Venice accepts the key itself. Try a call with a model of your choice; ${action('run', { prove: true })} tries again.`

  constructor(exchange: Exchange = {}) {
    super(`No model that the budget allows accepts a call${because(exchange)}`, exchange)
  }
}

/** Venice refused with a text that no known document contains. */
export class UnrecognisedVeniceError extends VeniceError {
  override readonly name = 'UnrecognisedVeniceError'
  readonly code = 'venice/unrecognised'
  readonly recovery = 'stop'
  readonly exit = 'rejected'
  readonly hint = say`Read what Venice said. No further step was taken; ${action('status')} shows what is recorded.`

  constructor(exchange: Exchange = {}) {
    super('Venice refused with a text that is not in its documentation.', exchange)
  }
}

import { say, setting } from '../../domain/next-action.ts'
import { because, type Exchange, VeniceError } from './base.ts'

/** The API URL is invalid, or the key has characters that an HTTP header cannot hold. */
export class UnsendableRequestError extends VeniceError {
  override readonly name = 'UnsendableRequestError'
  readonly code = 'venice/unsendable-request'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint = say`Check ${setting('apiUrl')}, and that the API key is one line without spaces.`

  constructor(exchange: Exchange = {}) {
    super('The API URL or the API key cannot be used in an HTTP request.', exchange)
  }
}

/** The host name does not exist. The request was not sent. */
export class HostNotFoundError extends VeniceError {
  override readonly name = 'HostNotFoundError'
  readonly code = 'venice/host-not-found'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint = say`Check ${setting('apiUrl')} for a typing error, and that this machine is online.`

  constructor(exchange: Exchange = {}) {
    super(`The host of the API URL was not found${because(exchange)}`, exchange)
  }
}

/** Nothing answers at the address, or the network has no route to it. The request was not sent. */
export class ConnectionFailedError extends VeniceError {
  override readonly name = 'ConnectionFailedError'
  readonly code = 'venice/connection-failed'
  readonly recovery = 'retry'
  readonly exit = 'transient'
  readonly hint = say`Check the network and ${setting('apiUrl')}; then try again.`

  constructor(exchange: Exchange = {}) {
    super(`No connection to the API could be made${because(exchange)}`, exchange)
  }
}

/** The server did not prove its identity. The request was not sent. */
export class TlsFailedError extends VeniceError {
  override readonly name = 'TlsFailedError'
  readonly code = 'venice/tls-failed'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint =
    say`Check ${setting('apiUrl')} (a local API often speaks http, not https) and the clock. Behind a proxy with its own certificates, set NODE_EXTRA_CA_CERTS.`

  constructor(exchange: Exchange = {}) {
    super(`No secure connection to the API could be made${because(exchange)}`, exchange)
  }
}

/** The connection broke after the request may have been sent, before the whole answer was here. */
export class ConnectionLostError extends VeniceError {
  override readonly name = 'ConnectionLostError'
  readonly code = 'venice/connection-lost'
  readonly recovery = 'retry'
  readonly exit = 'transient'
  readonly hint = 'Try again after a pause.'
  override readonly mayBeDone = true

  constructor(exchange: Exchange = {}) {
    super(`The connection broke before Venice's answer was complete${because(exchange)}`, exchange)
  }
}

/** The answer was not complete in time. */
export class ExchangeTimedOutError extends VeniceError {
  override readonly name = 'ExchangeTimedOutError'
  readonly code = 'venice/timed-out'
  readonly recovery = 'retry'
  readonly exit = 'transient'
  readonly hint = 'Try again after a pause.'
  override readonly mayBeDone = true

  constructor(exchange: Exchange = {}) {
    super(`Venice's answer was not complete in time${because(exchange)}`, exchange)
  }
}

/** The server redirects. Redirects are not followed, because the request may carry a key. */
export class RedirectRefusedError extends VeniceError {
  override readonly name = 'RedirectRefusedError'
  readonly code = 'venice/redirect-refused'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint = say`Give ${setting('apiUrl')} the API's final address, with https.`

  constructor(exchange: Exchange = {}) {
    super('The server at the API URL redirects to another address. Redirects are not followed.', exchange)
  }
}

/** The answer is larger than any that Venice sends. */
export class AnswerTooLargeError extends VeniceError {
  override readonly name = 'AnswerTooLargeError'
  readonly code = 'venice/answer-too-large'
  readonly recovery = 'stop'
  readonly exit = 'unexpected'
  readonly hint = say`Check ${setting('apiUrl')}: this is not an answer of the Venice API.`
  override readonly mayBeDone = true

  constructor(exchange: Exchange = {}) {
    super(`The answer was discarded${because(exchange)}`, exchange)
  }
}

/** A web page came instead of JSON: a wrong URL, or a proxy or sign-in page in between. */
export class HtmlAnswerError extends VeniceError {
  override readonly name = 'HtmlAnswerError'
  readonly code = 'venice/html-answer'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint = say`Check ${setting('apiUrl')} (it ends in /api/v1), and whether the network requires a sign-in.`
  override readonly mayBeDone = true

  constructor(exchange: Exchange = {}) {
    super('The server at the API URL answered with a web page.', exchange)
  }
}

/** The answer is cut short, or is not JSON. */
export class InvalidJsonError extends VeniceError {
  override readonly name = 'InvalidJsonError'
  readonly code = 'venice/invalid-json'
  readonly recovery = 'retry'
  readonly exit = 'transient'
  readonly hint = 'Try again after a pause.'
  override readonly mayBeDone = true

  constructor(exchange: Exchange = {}) {
    super("Venice's answer is not JSON, or was cut short.", exchange)
  }
}

/** The answer is JSON, but not the documented one. */
export class UnexpectedShapeError extends VeniceError {
  override readonly name = 'UnexpectedShapeError'
  readonly code = 'venice/unexpected-shape'
  readonly recovery = 'stop'
  readonly exit = 'unexpected'
  readonly hint = 'Update venice-onboard. If it is the latest version, report this: Venice has changed its API.'
  override readonly mayBeDone = true

  constructor(exchange: Exchange = {}) {
    super(`Venice's answer does not have the documented form${because(exchange)}`, exchange)
  }
}

import { type ErrorOptions, OnboardingError } from './base.ts'

/**
 * The endpoint limits how much it is asked: -32016 on Base's own, in HTTP 200 and 429 alike; -32005 and -32007 elsewhere.
 * @see https://github.com/base/node/issues/390
 */
export class RpcRateLimitedError extends OnboardingError {
  override readonly name = 'RpcRateLimitedError'
  readonly code = 'chain/rpc-rate-limited'
  readonly recovery = 'retry'
  readonly exit = 'transient'
  readonly hint = 'Run the same command again later, or give an endpoint of your own with --rpc-url.'

  constructor(what: string, options: ErrorOptions = {}) {
    super(`The RPC endpoint limits our requests: ${what}`, options)
  }
}

/** The node that answered has not caught up with a block it was asked about. */
export class NodeBehindError extends OnboardingError {
  override readonly name = 'NodeBehindError'
  readonly code = 'chain/node-behind'
  readonly recovery = 'retry'
  readonly exit = 'transient'
  readonly hint = 'Run the same command again in a moment, or give another endpoint with --rpc-url.'

  constructor(what: string, options: ErrorOptions = {}) {
    super(`The node behind the RPC endpoint has not caught up: ${what}`, options)
  }
}

/** The endpoint's whole answer was not here in time. */
export class RpcTimedOutError extends OnboardingError {
  override readonly name = 'RpcTimedOutError'
  readonly code = 'chain/rpc-timed-out'
  readonly recovery = 'retry'
  readonly exit = 'transient'
  readonly hint = 'Run the same command again later, or give another endpoint with --rpc-url.'

  constructor(options: ErrorOptions = {}) {
    super('The RPC endpoint did not answer in time.', options)
  }
}

/** The answer is no JSON, such as a gateway's web page, or not one to each question of the batch. None of it is used. */
export class RpcAnswerUnreadableError extends OnboardingError {
  override readonly name = 'RpcAnswerUnreadableError'
  readonly code = 'chain/rpc-answer-unreadable'
  readonly recovery = 'retry'
  readonly exit = 'transient'
  readonly hint = 'If it stays so, --rpc-url is not the address of a JSON-RPC endpoint, or of a broken one.'

  constructor(what: string, options: ErrorOptions = {}) {
    super(`The RPC endpoint did not answer what it was asked: ${what}.`, options)
  }
}

/** The answer is larger than any to what this product asks. */
export class RpcAnswerTooLargeError extends OnboardingError {
  override readonly name = 'RpcAnswerTooLargeError'
  readonly code = 'chain/rpc-answer-too-large'
  readonly recovery = 'stop'
  readonly exit = 'config'
  readonly hint = 'Give another endpoint with --rpc-url: this one does not answer as a node does.'

  constructor(maxBytes: number, options: ErrorOptions = {}) {
    super(`The answer of the RPC endpoint was not read to its end: it is over ${maxBytes} bytes.`, options)
  }
}

/** The endpoint sent us elsewhere. We do not go: the request may carry a signed transaction. */
export class RpcRedirectRefusedError extends OnboardingError {
  override readonly name = 'RpcRedirectRefusedError'
  readonly code = 'chain/rpc-redirect-refused'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint = 'Give --rpc-url the final address of the endpoint, with https.'

  constructor(status: number, options: ErrorOptions = {}) {
    super(`The RPC endpoint redirects elsewhere (HTTP ${status}), and redirects are not followed.`, options)
  }
}

/** The endpoint wants a key, or bars us. */
export class RpcAccessDeniedError extends OnboardingError {
  override readonly name = 'RpcAccessDeniedError'
  readonly code = 'chain/rpc-access-denied'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint = 'Check the key in the --rpc-url, or give an endpoint that needs none.'

  constructor(what: string, options: ErrorOptions = {}) {
    super(`The RPC endpoint denies access: ${what}`, options)
  }
}

/** The endpoint does not serve a method that every node has. */
export class RpcMethodMissingError extends OnboardingError {
  override readonly name = 'RpcMethodMissingError'
  readonly code = 'chain/rpc-method-missing'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint = 'Give another endpoint with --rpc-url; it must serve the standard Ethereum methods.'

  constructor(what: string, options: ErrorOptions = {}) {
    super(`The RPC endpoint lacks a method: ${what}`, options)
  }
}

/** Another transaction waits under the same nonce, and ours does not pay enough to take its place. It is not outbid. */
export class NonceContestedError extends OnboardingError {
  override readonly name = 'NonceContestedError'
  readonly code = 'chain/nonce-contested'
  readonly recovery = 'replan'
  readonly exit = 'transient'
  readonly hint =
    'Run the same command again once the other transaction is mined. Nothing else may send from this wallet.'

  constructor(nonce: number, options: ErrorOptions = {}) {
    super(`Another transaction waits under nonce ${nonce}.`, options)
  }
}

/**
 * A delegated account may have one transaction in flight, and has it.
 * @see https://eips.ethereum.org/EIPS/eip-7702
 */
export class InFlightLimitError extends OnboardingError {
  override readonly name = 'InFlightLimitError'
  readonly code = 'chain/in-flight-limit'
  readonly recovery = 'retry'
  readonly exit = 'transient'
  readonly hint = 'Run the same command again once the pending transaction is mined; it hands out the same bytes.'

  constructor(what: string, options: ErrorOptions = {}) {
    super(`The account may not have more transactions in flight: ${what}`, options)
  }
}

/** Signed in cheaper times: the same bytes will do once the base fee has come down. */
export class FeeTooLowError extends OnboardingError {
  override readonly name = 'FeeTooLowError'
  readonly code = 'chain/fee-too-low'
  readonly recovery = 'unblock'
  readonly exit = 'transient'
  readonly hint = 'Run the same command again; it raises the fees under the same nonce, within --max-gas-eth.'

  constructor(what: string, options: ErrorOptions = {}) {
    super(`The transaction offers less than the network asks for now: ${what}`, options)
  }
}

/** The gas of a signed transaction is less than it takes, or more than one transaction may have. */
export class GasRefusedError extends OnboardingError {
  override readonly name = 'GasRefusedError'
  readonly code = 'chain/gas-refused'
  readonly recovery = 'stop'
  readonly exit = 'unexpected'
  readonly hint = 'Nothing was sent. Try another endpoint with --rpc-url; if all refuse it, report it as a defect.'

  constructor(what: string, options: ErrorOptions = {}) {
    super(`The node does not take the gas limit of the transaction: ${what}`, options)
  }
}

import { BASE_CHAIN_ID } from '../../domain/addresses.ts'
import { say, setting } from '../../domain/next-action.ts'
import { type ErrorOptions, OnboardingError } from '../base.ts'

/** An endpoint failed, limits requests, or lags: the same call may work in a moment. */
export class RpcError extends OnboardingError {
  override readonly name = 'RpcError'
  readonly code = 'chain/rpc'
  readonly recovery = 'retry'
  readonly exit = 'transient'
  readonly hint = say`Run the same command again later, or give another endpoint with ${setting('rpcUrl')}.`

  constructor(what: string, options: ErrorOptions = {}) {
    super(`The RPC endpoint failed: ${what}`, options)
  }
}

/** The endpoint refused the call, and a retry would not change that. */
export class RpcRefusedError extends OnboardingError {
  override readonly name = 'RpcRefusedError'
  readonly code = 'chain/rpc-refused'
  readonly recovery = 'stop'
  readonly exit = 'config'
  readonly hint = say`Check the endpoint given with ${setting('rpcUrl')}; it must serve the standard Ethereum methods.`

  constructor(what: string, options: ErrorOptions = {}) {
    super(`The RPC endpoint refused the call: ${what}`, options)
  }
}

/**
 * The endpoint serves another chain.
 *
 * @hint Give an endpoint of Base (chain id 8453) with `--rpc-url`.
 */
export class WrongChainError extends OnboardingError {
  override readonly name = 'WrongChainError'
  readonly code = 'chain/wrong-chain'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint = say`Give an endpoint of Base (chain id ${BASE_CHAIN_ID}) with ${setting('rpcUrl')}.`

  constructor(found: number, options: ErrorOptions = {}) {
    super(`The RPC endpoint serves chain ${found}; Base is chain ${BASE_CHAIN_ID}.`, options)
  }
}

/**
 * The endpoint limits the rate of requests: -32016 on Base's own, in HTTP 200 and 429 alike; -32005 and -32007 elsewhere.
 * @see https://github.com/base/node/issues/390
 */
export class RpcRateLimitedError extends OnboardingError {
  override readonly name = 'RpcRateLimitedError'
  readonly code = 'chain/rpc-rate-limited'
  readonly recovery = 'retry'
  readonly exit = 'transient'
  readonly hint = say`Run the same command again later, or give an endpoint of your own with ${setting('rpcUrl')}.`

  constructor(what: string, options: ErrorOptions = {}) {
    super(`The RPC endpoint limits the rate of requests: ${what}`, options)
  }
}

/** The node that answered does not yet have the block in question. */
export class NodeBehindError extends OnboardingError {
  override readonly name = 'NodeBehindError'
  readonly code = 'chain/node-behind'
  readonly recovery = 'retry'
  readonly exit = 'transient'
  readonly hint = say`Run the same command again in a moment, or give another endpoint with ${setting('rpcUrl')}.`

  constructor(what: string, options: ErrorOptions = {}) {
    super(`The node behind the RPC endpoint has not caught up: ${what}`, options)
  }
}

/** The host name of the endpoint does not exist. The request was not sent. */
export class RpcHostNotFoundError extends OnboardingError {
  override readonly name = 'RpcHostNotFoundError'
  readonly code = 'chain/rpc-host-not-found'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint = say`Check ${setting('rpcUrl')} for a typing error, and that this machine is online.`

  constructor(origin: string, options: ErrorOptions = {}) {
    super(`The host of the RPC endpoint ${origin} does not exist.`, options)
  }
}

/**
 * The endpoint did not prove its identity, or speaks no TLS at this port. The request was not sent.
 */
export class RpcTlsFailedError extends OnboardingError {
  override readonly name = 'RpcTlsFailedError'
  readonly code = 'chain/rpc-tls-failed'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint =
    say`Check ${setting('rpcUrl')}: a local endpoint often speaks http, not https. Behind a proxy with its own certificates, set NODE_EXTRA_CA_CERTS.`

  /** @param reason - a code of Node or OpenSSL. */
  constructor(origin: string, reason: string, options: ErrorOptions = {}) {
    super(`No secure connection to the RPC endpoint ${origin} could be made: ${reason}.`, options)
  }
}

/** Nothing listens at the address of the endpoint, or the network has no route to it. The request was not sent. */
export class RpcUnreachableError extends OnboardingError {
  override readonly name = 'RpcUnreachableError'
  readonly code = 'chain/rpc-unreachable'
  readonly recovery = 'retry'
  readonly exit = 'transient'
  readonly hint =
    say`Check ${setting('rpcUrl')} for a typing error, host and port. If it is right, start the node or wait for it, and run the same command again.`

  /** @param reason - a code of Node. */
  constructor(origin: string, reason: string, options: ErrorOptions = {}) {
    super(`No connection to the RPC endpoint ${origin} could be made: ${reason}.`, options)
  }
}

/** The endpoint's port is one that HTTP clients leave alone. The request was not sent. @see https://fetch.spec.whatwg.org/#port-blocking */
export class RpcPortRefusedError extends OnboardingError {
  override readonly name = 'RpcPortRefusedError'
  readonly code = 'chain/rpc-port-refused'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint = say`Give ${setting('rpcUrl')} the port that the endpoint listens on.`

  constructor(origin: string, options: ErrorOptions = {}) {
    super(`The port of the RPC endpoint ${origin} belongs to another protocol, and no request is sent there.`, options)
  }
}

/** The endpoint's answer was not complete in time. */
export class RpcTimedOutError extends OnboardingError {
  override readonly name = 'RpcTimedOutError'
  readonly code = 'chain/rpc-timed-out'
  readonly recovery = 'retry'
  readonly exit = 'transient'
  readonly hint = say`Run the same command again later, or give another endpoint with ${setting('rpcUrl')}.`

  constructor(options: ErrorOptions = {}) {
    super('The RPC endpoint did not answer in time.', options)
  }
}

/** The answer is not JSON (a gateway's web page, say), or does not match the requests of the batch. None of it is used. */
export class RpcAnswerUnreadableError extends OnboardingError {
  override readonly name = 'RpcAnswerUnreadableError'
  readonly code = 'chain/rpc-answer-unreadable'
  readonly recovery = 'retry'
  readonly exit = 'transient'
  readonly hint =
    say`If it stays so, ${setting('rpcUrl')} does not name a JSON-RPC endpoint, or the endpoint is broken.`

  constructor(what: string, options: ErrorOptions = {}) {
    super(`The answer of the RPC endpoint cannot be used: ${what}.`, options)
  }
}

/** The answer is larger than any answer this product expects. */
export class RpcAnswerTooLargeError extends OnboardingError {
  override readonly name = 'RpcAnswerTooLargeError'
  readonly code = 'chain/rpc-answer-too-large'
  readonly recovery = 'stop'
  readonly exit = 'config'
  readonly hint = say`Give another endpoint with ${setting('rpcUrl')}: this one does not answer as a node does.`

  constructor(maxBytes: number, options: ErrorOptions = {}) {
    super(`The answer of the RPC endpoint was discarded: it is larger than ${maxBytes} bytes.`, options)
  }
}

/** The endpoint redirects. Redirects are not followed, because the request may carry a signed transaction. */
export class RpcRedirectRefusedError extends OnboardingError {
  override readonly name = 'RpcRedirectRefusedError'
  readonly code = 'chain/rpc-redirect-refused'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint = say`Give ${setting('rpcUrl')} the final address of the endpoint, with https.`

  constructor(status: number, options: ErrorOptions = {}) {
    super(`The RPC endpoint redirects to another address (HTTP ${status}). Redirects are not followed.`, options)
  }
}

/** The endpoint requires a key, or denies access. */
export class RpcAccessDeniedError extends OnboardingError {
  override readonly name = 'RpcAccessDeniedError'
  readonly code = 'chain/rpc-access-denied'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint = say`Check the key in the ${setting('rpcUrl')}, or give an endpoint that needs none.`

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
  readonly hint = say`Give another endpoint with ${setting('rpcUrl')}; it must serve the standard Ethereum methods.`

  constructor(what: string, options: ErrorOptions = {}) {
    super(`The RPC endpoint lacks a method: ${what}`, options)
  }
}

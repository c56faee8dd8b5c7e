import {
  ConnectionFailedError,
  ConnectionLostError,
  type Exchange,
  HostNotFoundError,
  TlsFailedError,
  UnsendableRequestError,
  type VeniceError,
} from '../../errors/venice/all.ts'

/**
 * OpenSSL's and Node's codes for a server whose certificate or protocol we do not take, before anything was sent.
 * @see https://nodejs.org/docs/latest-v20.x/api/tls.html#x509-certificate-error-codes (checked 2026-11-22)
 */
const TLS_CODES = /^(?:CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH|ERR_TLS_CERT_|ERR_SSL_WRONG_VERSION)/

/**
 * What `fetch`, or the reading of its body, threw, as one of our classes. A class that says that nothing was sent is
 * chosen only on proof: the failing call was `getaddrinfo` or `connect`, or the handshake was refused.
 */
export function transportError(error: unknown, request: string): VeniceError {
  const cause = networkError(error)
  const { code = '', syscall } = cause ?? {}
  const exchange: Exchange = { request, cause, reason: code || undefined }
  // Of the ports that browsers leave alone; fetch has no code for it. https://fetch.spec.whatwg.org/#port-blocking
  if (cause?.message === 'bad port') return new UnsendableRequestError({ request })
  if (syscall === 'getaddrinfo') return new HostNotFoundError(exchange)
  if (syscall === 'connect' || code === 'UND_ERR_CONNECT_TIMEOUT') return new ConnectionFailedError(exchange)
  if (TLS_CODES.test(code)) return new TlsFailedError(exchange)
  return new ConnectionLostError(exchange)
}

/**
 * The system's error below `fetch`'s own `TypeError`, which says nothing more. When several addresses were tried, the
 * first one's.
 */
function networkError(error: unknown): NodeJS.ErrnoException | undefined {
  const { cause } = error instanceof Error ? error : {}
  const first: unknown = cause instanceof AggregateError ? cause.errors[0] : cause
  return first instanceof Error ? first : undefined
}

/**
 * Node's and OpenSSL's codes for a failed handshake, before anything was sent: the certificate has another name, is not
 * trusted, expired or not yet valid, or the server does not speak TLS, or not for that name.
 * @see https://nodejs.org/docs/latest-v20.x/api/tls.html#x509-certificate-error-codes (checked 2026-11-22)
 */
const TLS_CODES =
  /^(?:CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH|ERR_TLS_CERT_|ERR_SSL_(?:WRONG_VERSION|PACKET_LENGTH_TOO_LONG|UNSUPPORTED_PROTOCOL|SSLV3_ALERT_HANDSHAKE|TLSV1_(?:UNRECOGNIZED_NAME|ALERT_PROTOCOL_VERSION)))/
/** The same as text, for a socket error with only the code EPROTO. */
const TLS_WORDS =
  /wrong version number|packet length too long|unsupported protocol|unrecognized name|alert handshake failure|alert protocol version/

/**
 * Why there was no HTTP answer, if the system's code proves it. `unknown-host`: the name does not exist. `tls`: the
 * handshake failed. `unreachable`: nothing listens there, no route, or no name server answers. `bad-port`: a port that
 * `fetch` refuses. In all these cases nothing was sent. `lost`: anything else; the request may have been sent.
 */
type NetworkFault = 'unknown-host' | 'tls' | 'unreachable' | 'bad-port' | 'lost'

/**
 * Classifies what `fetch`, a reader of its body, or a WebSocket threw. `code`: of Node, OpenSSL or undici; '' if there
 * is none.
 */
export function networkFault(error: unknown): { fault: NetworkFault; code: string; cause: Error | undefined } {
  const cause = systemError(error)
  const { code = '', syscall, message = '' } = cause ?? {}
  const found = (fault: NetworkFault) => ({ fault, code, cause })
  // fetch has no code for it. https://fetch.spec.whatwg.org/#port-blocking
  if (message === 'bad port') return found('bad-port')
  // EAI_AGAIN (no name server answers) is temporary.
  if (code === 'ENOTFOUND') return found('unknown-host')
  if (TLS_CODES.test(code) || (code === 'EPROTO' && TLS_WORDS.test(message))) return found('tls')
  const isUnsent = syscall === 'getaddrinfo' || syscall === 'connect' || code === 'UND_ERR_CONNECT_TIMEOUT'
  return found(isUnsent ? 'unreachable' : 'lost')
}

/**
 * The system's error: the cause of `fetch`'s own `TypeError`, or the error itself. If several addresses were tried, the
 * error of the first.
 */
function systemError(error: unknown): NodeJS.ErrnoException | undefined {
  const below = error instanceof Error && error.cause instanceof Error ? error.cause : error
  const first: unknown = below instanceof AggregateError ? below.errors[0] : below
  return first instanceof Error ? first : undefined
}

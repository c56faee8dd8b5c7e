import {
  ConnectionFailedError,
  ConnectionLostError,
  type Exchange,
  HostNotFoundError,
  TlsFailedError,
  UnsendableRequestError,
  type VeniceError,
} from '../../errors/venice/all.ts'
import { networkFault } from '../network-error.ts'

/**
 * Turns an error of `fetch`, or of reading its body, into one of our classes. A class that says "nothing was sent"
 * needs proof: the failing call was `getaddrinfo` or `connect`, or the handshake was refused.
 *
 * @param wasReached - the host has answered this process before, so a fault of its name or certificate is temporary.
 */
export function transportError(
  error: unknown,
  request: string,
  { wasReached = false }: { wasReached?: boolean } = {},
): VeniceError {
  const { fault, code, cause } = networkFault(error)
  const exchange: Exchange = { request, cause, reason: code || undefined }
  if (fault === 'bad-port') return new UnsendableRequestError({ request })
  if (fault === 'unknown-host' && !wasReached) return new HostNotFoundError(exchange)
  if (fault === 'tls' && !wasReached) return new TlsFailedError(exchange)
  return fault === 'lost' ? new ConnectionLostError(exchange) : new ConnectionFailedError(exchange)
}

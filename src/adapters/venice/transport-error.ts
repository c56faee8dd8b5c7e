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
 * What `fetch`, or the reading of its body, threw, as one of our classes. A class that says that nothing was sent is
 * chosen only on proof: the failing call was `getaddrinfo` or `connect`, or the handshake was refused.
 *
 * @param wasReached - the host has answered this process before: what is wrong with its name or certificate now passes.
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

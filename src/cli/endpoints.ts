import {
  hasCredentials,
  isClearText,
  isHttpUrl,
  isRpcUrl,
  VENICE_RPC,
  withoutEndSlashes,
} from '../domain/endpoint-url.ts'
import {
  CredentialsInUrlError,
  EndpointUnusableError,
  InsecureEndpointError,
  MissingOptionError,
} from '../errors/cli.ts'
import type { GivenEndpoints, Named, Request } from './request.ts'

type Given = Pick<Request, 'endpoints'>

/**
 * Base and Venice, of a request that needs both.
 *
 * @throws {MissingOptionError} {EndpointUnusableError} {InsecureEndpointError} {CredentialsInUrlError}
 */
export function endpointsOf(request: Given): { rpcUrls: readonly string[]; apiUrl: string } {
  const { rpcUrls } = request.endpoints
  const bad = rpcUrls.value.findIndex((url) => url !== VENICE_RPC && !isRpcUrl(url))
  if (bad !== -1) throw new EndpointUnusableError(rpcUrls.source, bad + 1)
  if (rpcUrls.value.length === 0) {
    throw new MissingOptionError(
      'An RPC endpoint of Base',
      'Give --rpc-url URL or set BASE_RPC_URL; https://mainnet.base.org is the public one.',
    )
  }
  requireEncrypted(rpcUrls, request.endpoints)
  return { rpcUrls: rpcUrls.value, apiUrl: apiUrlOf(request) }
}

/**
 * Who takes and pays for user operations.
 *
 * @throws {InsecureEndpointError} {EndpointUnusableError}
 */
export function operationEndpoints({ endpoints }: Given): {
  bundlerUrl: string | undefined
  paymasterUrl: string | undefined
} {
  const checked = (given: Named<string> | null): string | undefined => {
    if (given === null) return undefined
    if (!isHttpUrl(given.value)) throw new EndpointUnusableError(given.source, 1)
    requireEncrypted({ ...given, value: [given.value] }, endpoints)
    return given.value
  }
  return { bundlerUrl: checked(endpoints.bundlerUrl), paymasterUrl: checked(endpoints.paymasterUrl) }
}

/** @throws {InsecureEndpointError} {CredentialsInUrlError} */
export function apiUrlOf({ endpoints }: Given): string {
  const { apiUrl } = endpoints
  if (hasCredentials(apiUrl)) throw new CredentialsInUrlError('--api-url')
  requireEncrypted({ value: [apiUrl], source: '--api-url' }, endpoints)
  return withoutEndSlashes(apiUrl)
}

/** @throws {InsecureEndpointError} */
function requireEncrypted(
  { value, source }: Named<readonly string[]>,
  { allowsClearText }: Pick<GivenEndpoints, 'allowsClearText'>,
): void {
  const bad = value.find(isClearText)
  if (bad !== undefined && !allowsClearText) throw new InsecureEndpointError(source, new URL(bad).host)
}

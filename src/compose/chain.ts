import { type ChainOptions, createChain } from '../adapters/chain/create-chain.ts'
import type { Endpoint } from '../adapters/chain/endpoint.ts'
import { openEndpointNotes } from '../adapters/chain/endpoint-notes.ts'
import { veniceEndpoint } from '../adapters/chain/venice-rpc.ts'
import { systemClock } from '../adapters/clock.ts'
import { VENICE_RPC } from '../domain/endpoint-url.ts'
import type { Redactor } from '../domain/redact.ts'
import { secretsOf } from '../domain/url-secrets.ts'
import type { TreasuryChain } from '../ports/chain.ts'
import type { Clock } from '../ports/clock.ts'

export interface ChainParts
  extends Pick<ChainOptions, 'acceptImplementation' | 'timeoutMs' | 'smart' | 'calls' | 'fetch'> {
  /** In order of preference. `venice` is Venice's paid endpoint, which needs `paid`. */
  rpcUrls: readonly Endpoint[]
  paid?: PaidParts | undefined
  /** Learns the secrets that URLs and Venice's endpoint hold. */
  redactor?: Redactor
  /** Absolute: keeps notes for other processes of what the endpoints can do. Default: none are read or kept. */
  notesIn?: string | undefined
  /** Default: that of this process. */
  clock?: Clock
}

/** Who pays for Venice's endpoint. */
interface PaidParts {
  apiUrl: string
  /** The key that pays. */
  apiKey: () => Promise<string | null>
  /** Most dollars for this process, in base units of 6 decimals. Default: no limit. */
  maxUsd?: bigint | undefined
}

/**
 * The chain over these endpoints. Asks nothing of the network.
 *
 * @param signIn - the wallet pays for Venice's endpoint where there is no key; null: no wallet is open.
 * @throws {MissingOptionError} no endpoint can be asked anything.
 */
export function composeChain(
  {
    rpcUrls,
    paid,
    acceptImplementation,
    timeoutMs,
    redactor,
    notesIn,
    smart,
    calls,
    fetch,
    clock = systemClock,
  }: ChainParts,
  signIn: (() => Promise<string>) | null = null,
): TreasuryChain {
  const { bundlerUrl, paymasterUrl } = smart?.account ?? {}
  const urls = [...rpcUrls, bundlerUrl, paymasterUrl, calls?.account.paymasterUrl].filter(
    (endpoint) => typeof endpoint === 'string',
  )
  for (const secret of urls.flatMap(secretsOf)) redactor?.add(secret)
  return createChain({
    rpcUrls: rpcUrls.map((endpoint) =>
      endpoint === VENICE_RPC && paid !== undefined
        ? veniceEndpoint({ ...paid, signIn, ...(redactor && { redactor }) })
        : endpoint,
    ),
    clock,
    acceptImplementation,
    smart,
    calls,
    fetch,
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...(notesIn !== undefined && { notes: openEndpointNotes({ stateDir: notesIn, clock }) }),
  })
}

import { BASE_CHAIN_ID } from '../../domain/addresses.ts'
import { WrongChainError } from '../../errors/chain/endpoints.ts'
import type { EndpointFault } from '../../ports/chain.ts'
import type { Link } from './link.ts'
import type { Outcome, RpcCall } from './rpc-call.ts'
import { readError } from './rpc-errors.ts'

/** See `Chain.endpointFaults`. */
export async function endpointFaults(links: readonly Link[], signal?: AbortSignal): Promise<EndpointFault[]> {
  if (links.length < 2) return []
  const found = await Promise.all(links.map((link) => faultOf(link, signal ?? new AbortController().signal)))
  return found.flatMap((fault) => fault ?? [])
}

/** Checks that it serves Base and shows a current block. */
async function faultOf(link: Link, signal: AbortSignal): Promise<EndpointFault | null> {
  const chainId: RpcCall = { method: 'eth_chainId' }
  const head: RpcCall = { method: 'eth_getBlockByNumber', params: ['latest', false] }
  const outcomes = new Map<RpcCall, Outcome>()
  await link.ask([chainId, head], { signal, settle: (call, outcome) => outcomes.set(call, outcome) })
  for (const call of [chainId, head]) {
    const outcome = outcomes.get(call)
    if (outcome !== undefined && 'error' in outcome) return { endpoint: link.origin, error: readError(outcome.error) }
    if (call !== chainId || outcome === undefined) continue
    const found = Number(outcome.result)
    if (found !== BASE_CHAIN_ID) return { endpoint: link.origin, error: new WrongChainError(found) }
  }
  return null
}

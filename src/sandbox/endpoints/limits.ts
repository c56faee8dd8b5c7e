import type { JsonRpcAnswer, JsonRpcRequest } from '../node-rpc.ts'
import { asError, type EndpointProfile, type RateLimit, type Refusal } from './profile.ts'

/** Refusals of an endpoint before a request reaches a node. */
export interface Limits {
  /** The answer to a whole HTTP request, or undefined. Null: it is never answered. */
  refuse(items: readonly JsonRpcRequest[], isBatch: boolean): Refusal | undefined
  /** The answer to one JSON-RPC request, or undefined. */
  answer(item: JsonRpcRequest, isBatch: boolean): JsonRpcAnswer | undefined
}

const OVERRIDABLE = new Set(['eth_call', 'eth_estimateGas'])

export function createLimits(profile: EndpointProfile): Limits {
  const takes = createBucket(profile.rate)

  function special({ method, params }: JsonRpcRequest): Refusal | { result: unknown } | undefined {
    const own = profile.methods?.[method]
    if (own) return own
    const list = Array.isArray(params) ? params : []
    if (profile.stateOverride && OVERRIDABLE.has(method) && list.length > 2) return profile.stateOverride
    return list.includes('pending') ? profile.pending : undefined
  }

  return {
    refuse(items, isBatch) {
      const { everything, batch, rate } = profile
      if (everything) return everything
      if (isBatch && batch && items.length > batch.max) return batch.refusal
      // In a batch, only the items above the rate fail.
      if (!isBatch && rate && !takes()) return rate.refusal
      return items.map(special).find(isWhole)
    },
    answer(item, isBatch) {
      if (isBatch && profile.rate && !takes()) return { error: asError(profile.rate.refusal) }
      const found = special(item)
      return found && ('result' in found ? found : { error: asError(found) })
    },
  }
}

const isWhole = (found: Refusal | { result: unknown } | undefined): found is Refusal =>
  found !== undefined && 'status' in found && found.status !== 200

function createBucket(rate: RateLimit | undefined): () => boolean {
  if (rate === undefined) return () => true
  let tokens = rate.capacity
  let before = performance.now()
  return () => {
    const now = performance.now()
    tokens = Math.min(rate.capacity, tokens + ((now - before) / 1_000) * rate.perSecond)
    before = now
    if (tokens < 1) return false
    tokens -= 1
    return true
  }
}

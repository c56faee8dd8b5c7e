import { FleetAnswerError } from '../errors/fleet.ts'
import type { FleetClient } from './client.ts'
import type { LimiterOptions } from './limiter.ts'
import { LIMITS } from './names.ts'

const UNAUTHORIZED = 401

/**
 * Asks Restate for leases of a kind, as a worker: with the token that only the admin API shows. The first request of a fleet
 * has the token made, and is refused.
 *
 * Side effects: one call for a lease; two, and a query, where the token is not known or was replaced.
 */
export function leasesFrom(client: Pick<FleetClient, 'call' | 'leaseToken'>, kind: string): LimiterOptions['lease'] {
  let token: string | null = null
  return async (request, signal) => {
    const ask = () =>
      client.call<number>(LIMITS, kind, 'lease', token === null ? request : { ...request, token }, signal)
    token ??= await client.leaseToken(kind, signal)
    try {
      return await ask()
    } catch (error) {
      if (!(error instanceof FleetAnswerError) || error.status !== UNAUTHORIZED) throw error
      token = await client.leaseToken(kind, signal)
      return ask()
    }
  }
}

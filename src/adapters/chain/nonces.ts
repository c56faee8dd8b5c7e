import type { Address } from '../../domain/addresses.ts'
import type { ReadClient } from './read-client.ts'

export interface Nonces {
  /** Next nonce by what is mined. */
  mined: number
  /** Next nonce by what the endpoint has in its pool as well; `mined` where it does not tell. */
  pending: number
}

/**
 * Next nonces of `address`. Base has no public pool since Denim: `pending` is refused, null, or behind `latest`, and then
 * counts as `latest`. Where it tells more, as on chains with a pool, it is a hint that something waits. No side effects.
 *
 * @see https://docs.base.org/base-chain/specs/upgrades/denim/overview (checked 2026-11-30)
 */
export async function readNonces(client: ReadClient, address: Address): Promise<Nonces> {
  const [mined, pending] = await Promise.all([
    client.getTransactionCount({ address, blockTag: 'latest' }),
    poolNonce(client, address),
  ])
  return { mined, pending: Math.max(mined, pending) }
}

/**
 * What `pending` tells, and 0 where it tells nothing: less than what is mined means nothing. A failure of the endpoint as a
 * whole shows in the reads next to this one. No side effects.
 */
export const poolNonce = (client: ReadClient, address: Address): Promise<number> =>
  client.getTransactionCount({ address, blockTag: 'pending' }).then(
    (pending) => (Number.isSafeInteger(pending) ? pending : 0),
    () => 0,
  )

/** The nonce for the next transaction of `address`, after what the endpoint knows to wait. No side effects. */
export const nextNonce = async (client: ReadClient, address: Address): Promise<number> =>
  (await readNonces(client, address)).pending

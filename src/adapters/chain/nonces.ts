import type { Address } from '../../domain/addresses.ts'
import type { ReadClient } from './read-client.ts'

export interface Nonces {
  /** Next nonce, by mined transactions. */
  mined: number
  /** Next nonce, by the endpoint's pool as well; equals `mined` if it does not tell. */
  pending: number
}

/**
 * Next nonces of `address`. Base has no public pool since Denim: `pending` is refused, null, or behind `latest`, and
 * then counts as `latest`. If it is higher, as on chains with a pool, something may be waiting. No side effects.
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
 * The `pending` nonce, or 0 if there is none: a value below the mined one is ignored. The reads next to this one report
 * a failure of the whole endpoint. No side effects.
 */
export const poolNonce = (client: ReadClient, address: Address): Promise<number> =>
  client.getTransactionCount({ address, blockTag: 'pending' }).then(
    (pending) => (Number.isSafeInteger(pending) ? pending : 0),
    () => 0,
  )

/** The nonce for the next transaction of `address`, after those that the endpoint knows as pending. No side effects. */
export const nextNonce = async (client: ReadClient, address: Address): Promise<number> =>
  (await readNonces(client, address)).pending

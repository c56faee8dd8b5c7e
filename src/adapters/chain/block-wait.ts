import type { Clock } from '../../ports/clock.ts'
import { isBehind } from './rpc-errors.ts'

/**
 * Milliseconds between requests for a block that a node does not have yet, about 5 s in all. Replicas usually lag by a
 * fraction of a second, and by seconds under load. A node that needs longer counts as behind.
 *
 * @see https://github.com/EkuboProtocol/indexer/issues/164
 */
const PAUSES_MS = [50, 100, 200, 400, 800, 1_600, 2_000] as const

/** Repeats a read of one block until the node that answers has that block. */
export type BlockWait = <T>(read: () => Promise<T>) => Promise<T>

/**
 * Waits until the node has the block. It does not ask for a newer one, which the node would lack as well. No side
 * effects.
 *
 * @throws the error of `read` if it is another one, or if the block is still missing after 5 s.
 */
export function createBlockWait({ now, sleepUntil }: Pick<Clock, 'now' | 'sleepUntil'>): BlockWait {
  return async (read) => {
    for (const pauseMs of PAUSES_MS) {
      try {
        return await read()
      } catch (error) {
        if (!isBehind(error)) throw error
      }
      await sleepUntil(now() + pauseMs)
    }
    return read()
  }
}

import type { Clock } from '../../ports/clock.ts'
import { isBehind } from './rpc-errors.ts'

/**
 * Milliseconds between requests for a block that a node does not have yet, about 5 s in all. Replicas lag by a fraction of
 * a second as a rule and by seconds under load; who needs longer is behind, and says so.
 *
 * @see https://github.com/EkuboProtocol/indexer/issues/164
 */
const PAUSES_MS = [50, 100, 200, 400, 800, 1_600, 2_000] as const

/** Repeats a read of one block until the node that answers has that block. */
export type BlockWait = <T>(read: () => Promise<T>) => Promise<T>

/**
 * Waits for a block where it is missing. A newer head would be missing there just the same, so the block stays the one
 * that was asked for. No side effects.
 *
 * @throws what `read` rejects with, where that is something else, or where the block is still missing after 5 s.
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

import { formatDuration } from '../../domain/duration.ts'
import { NodeBehindError } from '../../errors/chain/endpoints.ts'

/**
 * The newest block may be at most this many milliseconds old. A chain that stalls for a minute, or a clock that is a
 * minute off, does not mean that the node is behind. But nobody should be told to top up because of a balance that is
 * two minutes old.
 */
const MAX_HEAD_AGE_MS = 120_000

/**
 * Checks that a node's newest block is current. A node that is hours behind shows data of hours ago.
 *
 * @param block - `timestamp` in seconds since the epoch.
 * @param nowMs - milliseconds since the epoch.
 * @throws {NodeBehindError}
 */
export function requireFreshHead({ timestamp }: { timestamp: bigint | number }, nowMs: number): void {
  const ageMs = nowMs - Number(timestamp) * 1_000
  if (ageMs <= MAX_HEAD_AGE_MS) return
  throw new NodeBehindError(`its newest block is ${formatDuration(ageMs)} old.`)
}

import { formatDuration } from '../../domain/duration.ts'
import { NodeBehindError } from '../../errors/chain/endpoints.ts'

/**
 * Milliseconds by which the newest block may be older than now. A chain that stalls for a minute, and a clock that is a
 * minute off, are no node that is behind; a balance of two minutes ago is one that nobody should be told to top up.
 */
const MAX_HEAD_AGE_MS = 120_000

/**
 * Makes sure that a node's newest block is one of now: what a node shows that is hours behind is of hours ago.
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

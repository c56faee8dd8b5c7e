import type { OnboardingError } from '../../errors/base.ts'

/**
 * A problem that a report shows of a transaction. unexplained: its nonce is used, but no block shows by which
 * transaction. uncredited: it is mined, but the state does not show its result. eventless: its receipt does not show it
 * either.
 */
export type Sign =
  | 'reverted'
  | 'superseded'
  | 'unexplained'
  | 'underpriced'
  | 'gap'
  | 'stuck'
  | 'missing'
  | 'uncredited'
  | 'eventless'

/** How long a sign must last before it counts, and in how many different blocks it must be seen. */
interface Patience {
  ms: number
  blocks: number
  /**
   * Milliseconds that replace the blocks if none come, as on a chain that mines on demand. Absent: blocks are required.
   */
  withoutBlocksMs?: number
}

/** Longer than replicas lag: providers report up to ten seconds behind, for up to a minute. */
export const REPLICA_LAG_MS = 75_000

/**
 * Patience is counted in time, because a block may take 200 ms or 12 s. Several blocks are required as well, so that
 * one stale answer from a cache proves nothing.
 */
const PATIENCE: Readonly<Record<Sign, Patience>> = {
  // There is a receipt. It only needs to outlive a reorganisation of a few blocks.
  reverted: { ms: 2_000, blocks: 2, withoutBlocksMs: 6_000 },
  superseded: { ms: 3_000, blocks: 3, withoutBlocksMs: 9_000 },
  // It looks the same when one node at the head gives the nonce, and a lagging replica gives no receipt.
  unexplained: { ms: REPLICA_LAG_MS, blocks: 3, withoutBlocksMs: REPLICA_LAG_MS },
  gap: { ms: REPLICA_LAG_MS, blocks: 3, withoutBlocksMs: REPLICA_LAG_MS },
  // Spikes of the base fee last seconds. A chain without new blocks would not mine a better price either.
  underpriced: { ms: 30_000, blocks: 3 },
  // A well-priced transaction is mined within seconds, but waits of 45 s were seen without any fault.
  stuck: { ms: 60_000, blocks: 5 },
  // The same bytes are sent again, which costs one request. No proof is needed.
  missing: { ms: 5_000, blocks: 2, withoutBlocksMs: 10_000 },
  // The receipt says that it is done. The state comes from a lagging replica, which catches up.
  uncredited: { ms: 120_000, blocks: 3, withoutBlocksMs: 120_000 },
  eventless: { ms: 5_000, blocks: 3, withoutBlocksMs: 6_000 },
}

/** A sign in one report, and the failure that it becomes if it lasts. */
export interface Sighting {
  sign: Sign
  hash: string
  error: OnboardingError
  /** Milliseconds that it must last, if longer than usual. */
  leastMs?: number
}

interface Seen {
  sinceMs: number
  blocks: number
  head: bigint
}

/** What the reports of this process have shown, over several watches. Some signs take longer than one watch. */
export interface Evidence {
  /**
   * The first of `sightings` that has lasted long enough, or null. It must last as long again before it is returned
   * again.
   */
  weigh(sightings: readonly Sighting[], at: { head: bigint; nowMs: number }): Sighting | null
}

export function createEvidence(): Evidence {
  let seen = new Map<string, Seen>()
  return {
    weigh(sightings, { head, nowMs }) {
      const next = new Map<string, Seen>()
      for (const { sign, hash } of sightings) {
        const key = `${sign} ${hash}`
        const before = seen.get(key) ?? { sinceMs: nowMs, blocks: 0, head: -1n }
        next.set(key, head > before.head ? { ...before, blocks: before.blocks + 1, head } : before)
      }
      seen = next
      const due = sightings.find((sighting) =>
        isBelieved(sighting, next.get(`${sighting.sign} ${sighting.hash}`), nowMs),
      )
      if (due !== undefined) seen.delete(`${due.sign} ${due.hash}`)
      return due ?? null
    },
  }
}

function isBelieved({ sign, leastMs = 0 }: Sighting, seen: Seen | undefined, nowMs: number): boolean {
  if (seen === undefined) return false
  const { ms, blocks, withoutBlocksMs = Number.POSITIVE_INFINITY } = PATIENCE[sign]
  const lastedMs = nowMs - seen.sinceMs
  return lastedMs >= Math.max(ms, leastMs) && (seen.blocks >= blocks || lastedMs >= withoutBlocksMs)
}

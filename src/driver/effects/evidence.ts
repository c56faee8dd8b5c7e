import type { OnboardingError } from '../../errors/base.ts'

/**
 * What a report can say against a transaction. unexplained: its nonce is used, and no block shows by what. uncredited:
 * mined, and the state does not show what it was to do. eventless: nor does its receipt.
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

/** How long a sign must last before it is believed, and in how many different blocks it must be seen. */
interface Patience {
  ms: number
  blocks: number
  /** Milliseconds that stand for the blocks where none come, as on a chain that mines on demand. Absent: nothing does. */
  withoutBlocksMs?: number
}

/** Longer than a replica that lags does so: reports of providers name up to ten seconds behind, for up to a minute. */
export const REPLICA_LAG_MS = 75_000

/**
 * Patience is time, because a block may be 200 ms or 12 s. Different blocks are asked for as well, so that one stale
 * answer that is repeated from a cache proves nothing.
 */
const PATIENCE: Readonly<Record<Sign, Patience>> = {
  // There is a receipt: all that it needs is to outlive a reorganisation of a few blocks.
  reverted: { ms: 2_000, blocks: 2, withoutBlocksMs: 6_000 },
  superseded: { ms: 3_000, blocks: 3, withoutBlocksMs: 9_000 },
  // A nonce from a node at the head, and no receipt from a replica that lags, look the same.
  unexplained: { ms: REPLICA_LAG_MS, blocks: 3, withoutBlocksMs: REPLICA_LAG_MS },
  gap: { ms: REPLICA_LAG_MS, blocks: 3, withoutBlocksMs: REPLICA_LAG_MS },
  // Spikes of the base fee last seconds. A chain that makes no blocks takes no better price either.
  underpriced: { ms: 30_000, blocks: 3 },
  // A well-priced transaction is mined within seconds; waits of 45 s have been seen without anything being wrong.
  stuck: { ms: 60_000, blocks: 5 },
  // The same bytes go out again, which costs one request: no proof is needed.
  missing: { ms: 5_000, blocks: 2, withoutBlocksMs: 10_000 },
  // The receipt says that it is done: state is read from a replica that lags, and catches up.
  uncredited: { ms: 120_000, blocks: 3, withoutBlocksMs: 120_000 },
  eventless: { ms: 5_000, blocks: 3, withoutBlocksMs: 6_000 },
}

/** A sign in one report, and the failure that it is if it lasts. */
export interface Sighting {
  sign: Sign
  hash: string
  error: OnboardingError
  /** Milliseconds that it must last, where that is more than usual. */
  leastMs?: number
}

interface Seen {
  sinceMs: number
  blocks: number
  head: bigint
}

/** What reports of this process have shown, from one watch to the next: some signs take longer than one watch lasts. */
export interface Evidence {
  /** The first of `sightings` that has lasted long enough, or null. It has to last as long again to be returned again. */
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

import type { Chain } from '../../ports/chain.ts'

/** Milliseconds after a block is due until an endpoint usually shows it. */
const BLOCK_MARGIN_MS = 60
/** Milliseconds from the first check to the second. A chain that mines on demand has mined by then. */
const SECOND_CHECK_MS = 80
/**
 * The least milliseconds between checks, by the clock and if blocks are announced: Base's five a second are too many.
 */
const LEAST_PAUSE_MS = 150
const LEAST_ANNOUNCED_MS = 250
/** The most milliseconds between checks on a chain with fast blocks, by the clock and if blocks are announced. */
const MOST_PAUSE_MS = 2_000
const MOST_ANNOUNCED_MS = 1_000
/**
 * A pause is at most this part of the time waited so far. A long wait is polled less often, and its end is still seen
 * soon.
 */
const SHARE = 1 / 3
/** Milliseconds between full reports while nothing is mined: evidence takes seconds to gather. */
const REPORT_MS = 2_000
/** Shorter countdowns are not shown. */
const LEAST_TOLD_MS = 1_000

export type Pace = Pick<Chain, 'blockTimeMs' | 'nextBlockMs' | 'announcesBlocks'>

export interface Waiting {
  nowMs: number
  /** When the first check was. */
  sinceMs: number
  /** Checks since then. */
  checks: number
}

/** The next check: never before `earliest`, then at the next announced block, and at `latest` without one. */
export function nextCheck(waiting: Waiting, pace: Pace): { earliest: number; latest: number } {
  const { nowMs, sinceMs, checks } = waiting
  const share = (nowMs - sinceMs) * SHARE
  const due = dueBlock(nowMs, pace)
  if (pace.announcesBlocks) {
    const least = Math.max(LEAST_ANNOUNCED_MS, Math.min(pace.blockTimeMs, MOST_ANNOUNCED_MS))
    // The first check was before the block could be announced.
    const earliest = checks < 2 ? nowMs : nowMs + Math.max(least, Math.min(share, MOST_ANNOUNCED_MS))
    return { earliest, latest: Math.max(due ?? 0, earliest + least) }
  }
  const pause = Math.max(LEAST_PAUSE_MS, Math.min(share, Math.max(MOST_PAUSE_MS, pace.blockTimeMs / 4)))
  const latest =
    checks === 1 ? Math.min(due ?? Number.POSITIVE_INFINITY, nowMs + SECOND_CHECK_MS) : (due ?? nowMs + pause)
  return { earliest: nowMs, latest }
}

/** When to report next if nothing is mined before. */
export const nextReport = (nowMs: number, { blockTimeMs }: Pace): number => nowMs + Math.max(REPORT_MS, blockTimeMs)

/** Undefined if a wait is too short to show. */
export const toldUntil = (nowMs: number, wakeAt: number): string | undefined =>
  wakeAt - nowMs >= LEAST_TOLD_MS ? new Date(wakeAt).toISOString() : undefined

/** Just after the next block is due; null if the chain does not show when that is. */
function dueBlock(nowMs: number, pace: Pace): number | null {
  const due = (pace.nextBlockMs() ?? 0) + BLOCK_MARGIN_MS
  return due > nowMs && due - nowMs <= pace.blockTimeMs + BLOCK_MARGIN_MS ? due : null
}

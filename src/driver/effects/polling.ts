import type { Chain } from '../../ports/chain.ts'

/** Milliseconds after a block is due until an endpoint can be expected to show it. */
const BLOCK_MARGIN_MS = 60
/** Milliseconds from the first check to the second: a chain that mines on demand has done so by then. */
const SECOND_CHECK_MS = 80
/** Least milliseconds between checks, by the clock and where blocks are announced: five a second on Base are too many. */
const LEAST_PAUSE_MS = 150
const LEAST_ANNOUNCED_MS = 250
/** Most milliseconds between checks of a chain of quick blocks, by the clock and where blocks are announced. */
const MOST_PAUSE_MS = 2_000
const MOST_ANNOUNCED_MS = 1_000
/** A pause is at most this part of what was waited before it: what takes long is checked less, and is not seen much later. */
const SHARE = 1 / 3
/** Milliseconds between full reports while nothing is mined: evidence gathers in seconds. */
const REPORT_MS = 2_000
/** A countdown of 200 ms tells nobody anything. */
const LEAST_TOLD_MS = 1_000

export type Pace = Pick<Chain, 'blockTimeMs' | 'nextBlockMs' | 'announcesBlocks'>

export interface Waiting {
  nowMs: number
  /** When what is waited for was first checked. */
  sinceMs: number
  /** Checks since then. */
  checks: number
}

/** The next check: not before `earliest`, at once when a block is announced after it, and at `latest` without one. */
export function nextCheck(waiting: Waiting, pace: Pace): { earliest: number; latest: number } {
  const { nowMs, sinceMs, checks } = waiting
  const share = (nowMs - sinceMs) * SHARE
  const due = dueBlock(nowMs, pace)
  if (pace.announcesBlocks) {
    const least = Math.max(LEAST_ANNOUNCED_MS, Math.min(pace.blockTimeMs, MOST_ANNOUNCED_MS))
    // What was checked once was checked before its block could be announced.
    const earliest = checks < 2 ? nowMs : nowMs + Math.max(least, Math.min(share, MOST_ANNOUNCED_MS))
    return { earliest, latest: Math.max(due ?? 0, earliest + least) }
  }
  const pause = Math.max(LEAST_PAUSE_MS, Math.min(share, Math.max(MOST_PAUSE_MS, pace.blockTimeMs / 4)))
  const latest =
    checks === 1 ? Math.min(due ?? Number.POSITIVE_INFINITY, nowMs + SECOND_CHECK_MS) : (due ?? nowMs + pause)
  return { earliest: nowMs, latest }
}

/** When to report next, where nothing is mined before. */
export const nextReport = (nowMs: number, { blockTimeMs }: Pace): number => nowMs + Math.max(REPORT_MS, blockTimeMs)

/** Undefined where a wait is too short to be told. */
export const toldUntil = (nowMs: number, wakeAt: number): string | undefined =>
  wakeAt - nowMs >= LEAST_TOLD_MS ? new Date(wakeAt).toISOString() : undefined

/** Just after the next block is due; null where the chain's clock does not tell when that is. */
function dueBlock(nowMs: number, pace: Pace): number | null {
  const due = (pace.nextBlockMs() ?? 0) + BLOCK_MARGIN_MS
  return due > nowMs && due - nowMs <= pace.blockTimeMs + BLOCK_MARGIN_MS ? due : null
}

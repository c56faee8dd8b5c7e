/** Base seals a block every 200 ms. @see https://docs.base.org/base-chain/specs/upgrades/denim/overview (checked 2026-11-30) */
const BASE_BLOCK_MS = 200
/**
 * Bounds of the estimate: a chain that mines on demand is not polled more often, and one that stalls not less often.
 */
const LEAST_BLOCK_MS = 100
const MOST_BLOCK_MS = 15_000
/** The number of head pairs that count. Their median shows which pairs span a stall. */
const PAIRS = 9
/** A pair this many times slower than the median spans a stall. */
const STALL_FACTOR = 4
/** With shorter blocks, whole seconds do not show where in its second a block lies. */
const SECOND_MS = 1_000

/** A block as an endpoint shows it. */
export interface PaceHead {
  number: bigint
  /** Seconds since the epoch. */
  timestamp: number
  /** Milliseconds since the epoch, if the chain tells them. */
  timestampMs?: number | undefined
  /** When it was seen, in milliseconds of the local clock. */
  seenAtMs: number
}

/** The measured pace of a chain. */
export interface Pace {
  /** Notes a head. If it is not newer than the newest, it only shows that no block came since. */
  see(head: PaceHead): void
  /** Milliseconds between blocks. */
  blockTimeMs(): number
  /** When the block after the newest is due, in milliseconds since the epoch; null if unknown. */
  nextBlockMs(): number | null
}

interface Pair {
  ms: number
  blocks: number
}

/**
 * Measures how fast a chain makes blocks, from heads that are read anyway. It uses the milliseconds that they carry,
 * else the local clock within the bounds of their whole seconds. No side effects; it keeps the last heads in memory.
 *
 * @param startMs - milliseconds between blocks, assumed until two heads were seen.
 */
export function createPace(startMs: number = BASE_BLOCK_MS): Pace {
  let newest: PaceHead | null = null
  let pairs: readonly Pair[] = []
  /** A lower bound until there is a pair: a head was still the newest this long after it was seen. */
  let atLeastMs = 0

  const blockTimeMs = (): number => clamp(estimate(pairs) ?? Math.max(startMs, atLeastMs))

  return {
    blockTimeMs,
    see(head) {
      if (newest === null) newest = head
      else if (head.number > newest.number) {
        pairs = [...pairs, pairOf(newest, head)].slice(-PAIRS)
        newest = head
      } else atLeastMs = Math.max(atLeastMs, head.seenAtMs - newest.seenAtMs)
    },
    nextBlockMs() {
      if (newest === null) return null
      if (newest.timestampMs !== undefined) return newest.timestampMs + blockTimeMs()
      return blockTimeMs() < SECOND_MS ? null : newest.timestamp * 1_000 + blockTimeMs()
    },
  }
}

/**
 * How long `blocks` blocks took. Whole seconds are off by up to one at either end; the local clock is off by the time
 * of our read.
 */
function pairOf(before: PaceHead, after: PaceHead): Pair {
  const blocks = Number(after.number - before.number)
  if (before.timestampMs !== undefined && after.timestampMs !== undefined)
    return { ms: Math.max(0, after.timestampMs - before.timestampMs), blocks }
  const chainMs = Math.max(0, after.timestamp - before.timestamp) * 1_000
  // Blocks take whole seconds, so their timestamps are exact.
  if (chainMs / blocks >= SECOND_MS) return { ms: chainMs, blocks }
  const seenMs = after.seenAtMs - before.seenAtMs
  return { ms: Math.min(Math.max(seenMs, chainMs - SECOND_MS), chainMs + SECOND_MS), blocks }
}

/** Mean milliseconds per block over all pairs that span no stall; null without a pair. */
function estimate(pairs: readonly Pair[]): number | null {
  const [first, ...rest] = pairs.map((pair) => pair.ms / pair.blocks).sort((a, b) => a - b)
  if (first === undefined) return null
  const median = [first, ...rest][Math.floor(rest.length / 2)] ?? first
  const counted = pairs.filter(({ ms, blocks }) => ms / blocks <= Math.max(median, 1) * STALL_FACTOR)
  const sum = (of: (pair: Pair) => number) => counted.reduce((total, pair) => total + of(pair), 0)
  return sum(({ ms }) => ms) / sum(({ blocks }) => blocks)
}

const clamp = (ms: number): number => Math.round(Math.min(Math.max(ms, LEAST_BLOCK_MS), MOST_BLOCK_MS))

/**
 * A block's milliseconds as nodes write them: a number, or a quantity in hex or decimal. Undefined if there are none.
 */
export function millisecondsOf(value: unknown): number | undefined {
  const ms =
    typeof value === 'number'
      ? value
      : typeof value === 'string' || typeof value === 'bigint'
        ? Number(value)
        : Number.NaN
  return Number.isSafeInteger(ms) && ms > 0 ? ms : undefined
}

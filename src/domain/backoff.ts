const BASE_MS = 500
const CAP_MS = 30_000

/**
 * Milliseconds to wait before try number `tries + 1`: doubling from 0.5 s to at most 30 s, of which the upper half is
 * spread by `jitter` (0 ≤ jitter < 1). A wait the other side asked for is never cut short.
 */
export function backoffMs({
  tries,
  jitter,
  retryAfterMs,
}: {
  tries: number
  jitter: number
  retryAfterMs: number | null
}): number {
  const ceiling = Math.min(CAP_MS, BASE_MS * 2 ** tries)
  return Math.max(Math.round(ceiling / 2 + (ceiling / 2) * jitter), retryAfterMs ?? 0)
}

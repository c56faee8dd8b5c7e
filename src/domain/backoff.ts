const BASE_MS = 500
const CAP_MS = 30_000

/**
 * Milliseconds to wait before try number `tries + 1`. The wait doubles from 0.5 s to at most 30 s; `jitter` (0 ≤ jitter
 * < 1) spreads its upper half. A wait that the server asked for is never shortened.
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

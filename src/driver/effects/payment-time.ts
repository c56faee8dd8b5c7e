/** Seconds that a block's timestamp may be ahead of our clock, and still be believed. Base's own may be a few. */
const PLAUSIBLE_AHEAD_S = 120
/** Seconds after the end that our clock must show: Base may lag behind it. */
const GRACE_S = 30

/**
 * Whether an authorisation can never be used any more. By our clock and by the chain's, and by the chain's only where that
 * is plausible against ours: an endpoint that runs ahead would have another one signed while the first is good.
 */
export function isOver(validBefore: number, { blockSeconds, nowMs }: { blockSeconds: number; nowMs: number }): boolean {
  const nowSeconds = nowMs / 1_000
  return (
    nowSeconds >= validBefore + GRACE_S && blockSeconds >= validBefore && blockSeconds <= nowSeconds + PLAUSIBLE_AHEAD_S
  )
}

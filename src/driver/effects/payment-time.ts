/**
 * Seconds that a block's timestamp may be ahead of our clock and still be trusted. Base's own may be ahead by a few.
 */
const PLAUSIBLE_AHEAD_S = 120
/** Our clock must be this many seconds past the end, because Base may lag behind it. */
const GRACE_S = 30
/**
 * A payment must be valid for this many more seconds when it is posted: Venice verifies it, and a block must take it.
 */
const LEAST_LEFT_S = 5

/** Milliseconds since the epoch, by our clock, from which the chain can show that an authorisation is over. */
export const overAtMs = (validBefore: number): number => (validBefore + GRACE_S) * 1_000

/** Whether it is too late to post an authorisation. @param nowMs - by the server's clock. */
export const isTooLate = (validBefore: number, nowMs: number): boolean => nowMs >= (validBefore - LEAST_LEFT_S) * 1_000

/**
 * Whether an authorisation can never be used any more. Our clock and the chain's must both say so, and the chain's
 * counts only if it is plausible against ours. Otherwise an endpoint that runs ahead would cause a second signature
 * while the first is valid.
 */
export function isOver(validBefore: number, { blockSeconds, nowMs }: { blockSeconds: number; nowMs: number }): boolean {
  const nowSeconds = nowMs / 1_000
  return (
    nowSeconds >= validBefore + GRACE_S && blockSeconds >= validBefore && blockSeconds <= nowSeconds + PLAUSIBLE_AHEAD_S
  )
}

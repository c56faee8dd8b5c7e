/** Seconds that a block's timestamp may be ahead of our clock, and still be believed. Base's own may be a few. */
const PLAUSIBLE_AHEAD_S = 120
/** Seconds after the end that our clock must show: Base may lag behind it. */
const GRACE_S = 30
/** Seconds that a payment must still be valid for when it is posted: Venice verifies it, and a block is to take it. */
const LEAST_LEFT_S = 5

/** Milliseconds since the epoch, by our clock, from which the chain can show that an authorisation is over. */
export const overAtMs = (validBefore: number): number => (validBefore + GRACE_S) * 1_000

/** Whether it is too late to post an authorisation. @param nowMs - by the server's clock. */
export const isTooLate = (validBefore: number, nowMs: number): boolean => nowMs >= (validBefore - LEAST_LEFT_S) * 1_000

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

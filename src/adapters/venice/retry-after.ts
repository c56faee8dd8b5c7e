const SECOND_MS = 1_000

/** The longest wait that a header may ask for: an epoch, after which all of Venice's limits have reset. */
const MAX_WAIT_MS = 86_400_000

/**
 * From these values on (1973), a reset is a time in Unix milliseconds or Unix seconds. Smaller values are a duration.
 */
const UNIX_MS_FROM = 100_000_000_000
const UNIX_S_FROM = 100_000_000

/**
 * Milliseconds the server asks us to wait: by `Retry-After` in seconds or as a date, else by the reset headers of the
 * rate limits. Undefined when it does not say.
 *
 * The reset headers share a prefix but not a unit: Unix milliseconds on model limits and the error budget, Unix seconds
 * on crypto RPC, and by one page a duration in seconds. So the magnitude decides the unit.
 *
 * @param nowMs - the server's clock, milliseconds since the epoch.
 * @see https://github.com/veniceai/skills/blob/main/skills/venice-errors/SKILL.md (2026-10-02)
 */
export function retryAfterMs(headers: Headers, nowMs: number): number | undefined {
  const wait = fromRetryAfter(headers.get('retry-after'), nowMs) ?? fromReset(resetHeader(headers), nowMs)
  return wait === undefined ? undefined : Math.min(Math.max(wait, 0), MAX_WAIT_MS)
}

function fromRetryAfter(value: string | null, nowMs: number): number | undefined {
  if (value === null) return undefined
  if (/^\s*\d+(?:\.\d+)?\s*$/.test(value)) return Number(value) * SECOND_MS
  const date = Date.parse(value)
  return Number.isNaN(date) ? undefined : date - nowMs
}

const resetHeader = (headers: Headers): string | null =>
  headers.get('x-ratelimit-resets') ?? headers.get('x-ratelimit-reset') ?? headers.get('x-ratelimit-reset-requests')

function fromReset(value: string | null, nowMs: number): number | undefined {
  const reset = Number(value)
  if (value === null || value.trim() === '' || !Number.isFinite(reset)) return undefined
  if (reset >= UNIX_MS_FROM) return reset - nowMs
  if (reset >= UNIX_S_FROM) return reset * SECOND_MS - nowMs
  return reset * SECOND_MS
}

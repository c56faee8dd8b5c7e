import { formatDuration } from './duration.ts'
import { type Action, action, say, type Told } from './next-action.ts'

/** A key that expires sooner than this is worth a warning. */
const WARNING_MS = 7 * 86_400_000
const DAY_MS = 86_400_000

export interface KeyExpiry {
  status: 'valid' | 'expiring' | 'expired'
  /** ISO 8601, or null for never. */
  expiresAt: string | null
  /** Whole days that are left, 0 once it has expired; null for never. */
  daysLeft: number | null
  /** One sentence, null while there is nothing to warn of. */
  warning: Told | null
}

/** How long a key has still to live; it is warned of for its last 7 days. */
export function keyExpiry(
  { expiresAt, last6 }: { expiresAt: string | null; last6: string },
  nowMs: number,
  remedy: Action = action('keys.rotate'),
): KeyExpiry {
  const atMs = expiresAt === null ? Number.NaN : Date.parse(expiresAt)
  if (Number.isNaN(atMs)) return { status: 'valid', expiresAt, daysLeft: null, warning: null }
  const leftMs = atMs - nowMs
  const daysLeft = Math.max(0, Math.floor(leftMs / DAY_MS))
  if (leftMs <= 0) {
    const warning = say`The key …${last6} expired at ${expiresAt ?? ''}; ${remedy} mints another.`
    return { status: 'expired', expiresAt, daysLeft, warning }
  }
  if (leftMs > WARNING_MS) return { status: 'valid', expiresAt, daysLeft, warning: null }
  const left = daysLeft === 0 ? formatDuration(leftMs) : daysLeft === 1 ? '1 day' : `${daysLeft} days`
  const warning = say`The key …${last6} expires at ${expiresAt ?? ''}, in ${left}; ${remedy} mints another.`
  return { status: 'expiring', expiresAt, daysLeft, warning }
}

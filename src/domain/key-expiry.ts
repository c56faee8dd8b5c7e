import { formatDuration } from './duration.ts'
import { type Action, action, say, type Told } from './next-action.ts'

/** A warning is given when a key expires sooner than this. */
const WARNING_MS = 7 * 86_400_000
const DAY_MS = 86_400_000

export interface KeyExpiry {
  status: 'valid' | 'expiring' | 'expired'
  /** ISO 8601, or null for never. */
  expiresAt: string | null
  /** Whole days left, 0 after it expired; null for never. */
  daysLeft: number | null
  /** One sentence; null while no warning is due. */
  warning: Told | null
}

/** How long a key is still valid, with a warning in its last 7 days. */
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

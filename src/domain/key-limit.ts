import { parseAmount } from './amounts.ts'
import { unitsOf } from './decimal.ts'

/** Limits are compared to at most this many decimals. */
const LIMIT_DECIMALS = 18

/**
 * Parses `usd=5,diem=1` into Venice's limit of a key. Both parts are optional; numbers from 0 to 9999999999. Null for
 * anything else.
 */
export function parseLimit(text: string): { usd?: number; diem?: number } | null {
  const limit: { usd?: number; diem?: number } = {}
  for (const part of text.split(',')) {
    const match = /^(usd|diem)=(\d{1,10}(?:\.\d+)?)$/.exec(part.trim())
    if (match === null) return null
    const value = Number(match[2])
    // Venice takes a JSON number. An amount that it cannot hold exactly would be another limit.
    if (unitsOf(value, LIMIT_DECIMALS) !== parseAmount(match[2] ?? '', LIMIT_DECIMALS)) return null
    limit[match[1] as 'usd' | 'diem'] = value
  }
  return { ...(limit.usd !== undefined && { usd: limit.usd }), ...(limit.diem !== undefined && { diem: limit.diem }) }
}

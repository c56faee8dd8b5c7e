const TIME = /^(\d{4}-\d{2}-\d{2})[Tt](\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?([Zz]|[+-]\d{2}:\d{2})$/
const DATE = /^\d{4}-\d{2}-\d{2}$/

/**
 * Milliseconds since the epoch of an RFC 3339 time: fractions of any length, `Z` or an offset.
 *
 * @returns null if it is not one. 30 February is not, although `Date.parse` moves it to March.
 * @see https://www.rfc-editor.org/rfc/rfc3339#section-5.6
 */
export function parseTime(text: string): number | null {
  const [, date = '', clock = '', fraction = '', zone = ''] = TIME.exec(text) ?? []
  if (!isDate(date)) return null
  const offset = zone.toUpperCase() === 'Z' ? 'Z' : zone
  const ms = Date.parse(`${date}T${clock}.${fraction.slice(0, 3).padEnd(3, '0')}${offset}`)
  return Number.isNaN(ms) ? null : ms
}

/** The text is a real calendar day, as `YYYY-MM-DD`. */
function isDate(text: string): boolean {
  const ms = DATE.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(text)
}

const EXPIRY = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}:\d{2}(?:\.\d{3})?Z)?$/

/**
 * Why a key cannot expire at `text`; null if it can. A date stands for its first moment in UTC, so today is in the
 * past.
 *
 * @param text - `YYYY-MM-DD`, or ISO 8601 that ends in Z, as Venice takes it.
 */
export function expiryProblem(text: string, nowMs: number): string | null {
  if (!EXPIRY.test(text)) return 'it must be YYYY-MM-DD, or YYYY-MM-DDTHH:mm:ssZ'
  const atMs = parseTime(text.length === 10 ? `${text}T00:00:00Z` : text)
  if (atMs === null) return 'there is no such day or time'
  return atMs > nowMs ? null : 'it has passed; a date means 00:00 UTC of that day'
}

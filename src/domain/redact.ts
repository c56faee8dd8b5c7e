import { inert } from './inert.ts'

const REDACTED = '[redacted]'

/** Shorter values are too often ordinary words. */
const MIN_SECRET_LENGTH = 8

/**
 * Secrets with a known form. A bare 32-byte hex is not here, because a transaction hash looks the same: private keys
 * are added by value.
 */
const PATTERNS = [
  // A JWT, or the base64 of any JSON object, as in x402's payment headers.
  /eyJ[\w+/=-]{10,}(?:\.[\w-]+){0,2}/g,
  /VENICE_[A-Z]{1,20}_KEY_[\w-]+/g,
  // A signature (65 bytes), or anything longer.
  /(?:0x)?[0-9a-f]{130,}/gi,
]

export interface Redactor {
  /** Removes `secret` from every text from now on. It is ignored if shorter than 8 characters. */
  add(secret: string): void
  /** Replaces every known secret in `text`, and everything that has the form of one, by `[redacted]`. */
  scrub(text: string): string
}

/** Removes secrets from texts that leave the process. Keeps the secrets it was given in memory. */
export function createRedactor(): Redactor {
  const known = new Set<string>()
  return {
    add(secret) {
      const bare = secret.trim().replace(/^0x/i, '')
      if (bare.length < MIN_SECRET_LENGTH) return
      known.add(bare)
      known.add(JSON.stringify(bare).slice(1, -1))
    },
    scrub(text) {
      const longestFirst = [...known].sort((a, b) => b.length - a.length)
      const values = longestFirst.map((secret) => new RegExp(escapeRegExp(secret), 'gi'))
      return [...values, ...PATTERNS].reduce((scrubbed, pattern) => scrubbed.replace(pattern, REDACTED), text)
    },
  }
}

/**
 * The start of a foreign text, safe for a terminal: one line, control and format characters made visible, at most `max`
 * UTF-16 units. Scrub it first: a secret that is cut in two is no longer recognised.
 */
export function excerpt(text: string, max = 200): string {
  const line = inert(text.replace(/\s+/g, ' '))
    .replace(/\p{Cn}+/gu, ' ')
    .trim()
  if (line.length <= max) return line
  const cut = line.slice(0, max - 1)
  return `${cut.replace(/[\uD800-\uDBFF]$/, '')}…`
}

const escapeRegExp = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')

import { createHash } from 'node:crypto'

/** Distinguishes keys without showing them: the first 64 bits of the SHA-256, as 16 hex digits. */
export const fingerprint = (apiKey: string): string => createHash('sha256').update(apiKey).digest('hex').slice(0, 16)

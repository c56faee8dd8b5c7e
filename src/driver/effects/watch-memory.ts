import { type Attempt, type AttemptReport, type ChainReport, isOpen } from '../../domain/attempt.ts'
import { createEvidence, type Evidence } from './evidence.ts'

/** For this many milliseconds after signing, only the receipt is checked: there is nothing else to see yet. */
const FRESH_MS = 2_000

/** Kept from one watch of a process to the next. */
export interface Memory {
  evidence: Evidence
  /** When each nonce was first watched. */
  since: Map<number, number>
  /** When each transaction that was seen unmined was first seen in a block. */
  minedAt: Map<string, number | null>
}

export const createMemory = (): Memory => ({ evidence: createEvidence(), since: new Map(), minedAt: new Map() })

/** Forgets what is no longer watched. */
export function remember({ since, minedAt }: Memory, attempts: readonly Attempt[], nowMs: number): void {
  const nonces = new Set(attempts.map(({ nonce }) => nonce))
  for (const nonce of since.keys()) if (!nonces.has(nonce)) since.delete(nonce)
  for (const nonce of nonces) since.set(nonce, since.get(nonce) ?? nowMs)
  const hashes = new Set<string>(attempts.map(({ hash }) => hash))
  for (const hash of minedAt.keys()) if (!hashes.has(hash)) minedAt.delete(hash)
  for (const attempt of attempts) if (isFresh([attempt], nowMs)) minedAt.set(attempt.hash, null)
}

/** Adds how long each took to be mined, for those that were seen unmined before. */
export function noteMined(
  { minedAt }: Memory,
  attempts: readonly Attempt[],
  report: ChainReport,
  nowMs: number,
): ChainReport {
  const sentAt = new Map(attempts.map((attempt) => [attempt.hash, attempt.sentAt]))
  const noted = report.attempts.map((found): AttemptReport => {
    const { hash, status } = found
    const isInBlock = status === 'mined' || status === 'reverted'
    const known = minedAt.get(hash)
    if (!isInBlock) minedAt.set(hash, null)
    else if (known === null) minedAt.set(hash, nowMs)
    const seenAt = minedAt.get(hash)
    const sent = sentAt.get(hash)
    if (!isInBlock || seenAt == null || sent === undefined) return found
    return { ...found, minedAfterMs: seenAt - Date.parse(sent) }
  })
  return { ...report, attempts: noted }
}

/** All were signed so recently that there can be no more than a receipt. */
export const isFresh = (attempts: readonly Attempt[], nowMs: number): boolean =>
  attempts.every((attempt) => isOpen(attempt) && nowMs - Date.parse(attempt.signedAt) < FRESH_MS)

import type { Hex } from '../src/domain/addresses.ts'
import { type Attempt, type AttemptReport, type ChainReport, isOpen, newestPerNonce } from '../src/domain/attempt.ts'

/** A context with transactions in its record. */
interface Recording {
  record: { attempts: readonly Attempt[] }
}

export const openAttempts = ({ record }: Recording): Attempt[] => record.attempts.filter(isOpen)

/** Everything that is open, to be handed out as it is recorded. */
export const openToSend = (context: Recording): Attempt[] => newestPerNonce(openAttempts(context))

/** Attempts after those that were handed out: one that was in a block, and is not any more, waits again. */
export const withBroadcast = (
  attempts: readonly Attempt[],
  { hashes, sentAs = {} }: { hashes: readonly string[]; sentAs?: Readonly<Record<string, Hex>> },
): Attempt[] =>
  attempts.map((attempt) => {
    const named = { ...attempt, hash: sentAs[attempt.hash] ?? attempt.hash }
    return hashes.includes(attempt.hash) && (attempt.status === 'signed' || attempt.status === 'mined')
      ? { ...named, status: 'sent', blockNumber: null, gasUsed: null, feeWei: null }
      : named
  })

/** Attempts with what `report` says of them. Where one is in a block, the others under its nonce never will be. */
export const withReport = (attempts: readonly Attempt[], report: ChainReport): Attempt[] => {
  const decided = decidedNonces(attempts, report)
  return attempts.map((attempt) => {
    const found = fateOf(attempt, report)
    if (found === undefined) return attempt
    if (decided.has(attempt.nonce) && !isInBlock(found)) return { ...attempt, status: 'superseded' }
    return applyReport(attempt, found)
  })
}

/** Hashes of what no node knows and may be sent again: the newest under its nonce, of which none is in a block. */
export const missingIn = (attempts: readonly Attempt[], report: ChainReport): string[] => {
  const decided = decidedNonces(attempts, report)
  return newestPerNonce(attempts)
    .filter((attempt) => fateOf(attempt, report)?.status === 'missing' && !decided.has(attempt.nonce))
    .map(({ hash }) => hash)
}

const fateOf = ({ hash }: Attempt, report: ChainReport): AttemptReport | undefined =>
  report.attempts.find((found) => found.hash === hash)

const isInBlock = ({ status }: AttemptReport): boolean => status === 'mined' || status === 'reverted'

const decidedNonces = (attempts: readonly Attempt[], report: ChainReport): Set<number> =>
  new Set(
    attempts.flatMap((attempt) =>
      report.attempts.some((found) => found.hash === attempt.hash && isInBlock(found)) ? [attempt.nonce] : [],
    ),
  )

function applyReport(attempt: Attempt, found: AttemptReport): Attempt {
  const { status, blockNumber, gasUsed, feeWei } = found
  const hash = found.sentAs ?? attempt.hash
  switch (status) {
    case 'mined':
    case 'reverted':
      return { ...attempt, hash, status, blockNumber, gasUsed, feeWei }
    case 'superseded':
      return { ...attempt, status }
    case 'pending':
      return { ...attempt, hash, status: 'sent' }
    case 'missing':
      return attempt
  }
}

import type { Hex } from '../src/domain/addresses.ts'
import {
  type Attempt,
  type AttemptReport,
  type ChainReport,
  isOpen,
  isOrphaned,
  newestPerNonce,
  withApproval,
} from '../src/domain/attempt.ts'

/** A context with transactions in its record. */
interface Recording {
  record: { attempts: readonly Attempt[] }
}

export const openAttempts = ({ record }: Recording): Attempt[] => record.attempts.filter(isOpen)

/** Open attempts that may be sent. One whose approve was lost would only revert, and is left out. */
const sendable = ({ record: { attempts } }: Recording): Attempt[] =>
  newestPerNonce(attempts.filter(isOpen)).filter((attempt) => !isOrphaned(attempt, attempts))

/** All open attempts that may be sent, as recorded. */
export const openToSend = (context: Recording): Attempt[] => sendable(context)

/**
 * Open attempts that may still be mined. Left out: one whose approve was lost, if it was never sent or no node knows
 * it. The run does not wait for it; a new approve takes its nonce.
 */
export const awaitedAttempts = ({ record: { attempts }, missing }: Recording & { missing: readonly string[] }) =>
  attempts.filter(
    (attempt) =>
      isOpen(attempt) &&
      !(isOrphaned(attempt, attempts) && (attempt.status === 'signed' || missing.includes(attempt.hash))),
  )

/** An attempt was sent, so it may be mined even if an endpoint denies it. */
export const isInFlight = (context: Recording): boolean => openAttempts(context).some(({ status }) => status === 'sent')

/** The last reverted stake failed because its approve had lost its nonce. Staking itself works. */
export const hasLostApprove = ({ record: { attempts } }: Recording): boolean => {
  const last = attempts.findLast(({ status }) => status === 'reverted')
  return last !== undefined && isOrphaned({ ...last, status: 'sent' }, attempts)
}

/** Attempts, with those just signed or to be sent again as the last ones of their nonces. */
export function withMade(attempts: readonly Attempt[], made: readonly Attempt[]): Attempt[] {
  const hashes = new Set(made.map(({ hash }) => hash))
  return [...attempts.filter(({ hash }) => !hashes.has(hash)), ...withApproval(made)]
}

interface HandedOut {
  hashes: readonly string[]
  sentAs?: Readonly<Record<string, Hex>>
  sentAt?: Readonly<Record<string, string>>
}

/** Attempts after a broadcast. One that a reorganisation removed from its block is pending again. */
export const withBroadcast = (
  attempts: readonly Attempt[],
  { hashes, sentAs = {}, sentAt = {} }: HandedOut,
): Attempt[] =>
  attempts.map((attempt) => {
    const at = attempt.sentAt ?? sentAt[attempt.hash]
    const named = { ...attempt, hash: sentAs[attempt.hash] ?? attempt.hash, ...(at !== undefined && { sentAt: at }) }
    return hashes.includes(attempt.hash) && (attempt.status === 'signed' || attempt.status === 'mined')
      ? { ...named, status: 'sent', blockNumber: null, gasUsed: null, feeWei: null }
      : named
  })

/** Attempts with their fate from `report`. If one is in a block, the others with its nonce can never be mined. */
export const withReport = (attempts: readonly Attempt[], report: ChainReport): Attempt[] => {
  const decided = decidedNonces(attempts, report)
  return attempts.map((attempt) => {
    const found = fateOf(attempt, report)
    if (found === undefined) return attempt
    if (decided.has(attempt.nonce) && !isInBlock(found)) return { ...attempt, status: 'superseded' }
    return applyReport(attempt, found)
  })
}

/**
 * Hashes of attempts that no node knows and that may be sent again: the newest of each nonce that has none in a block.
 */
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
  const { status, blockNumber, gasUsed, feeWei, minedAfterMs, usedBy } = found
  const hash = found.sentAs ?? attempt.hash
  switch (status) {
    case 'mined':
    case 'reverted':
      return {
        ...attempt,
        hash,
        status,
        blockNumber,
        gasUsed,
        feeWei,
        ...(minedAfterMs !== undefined && { minedAfterMs }),
      }
    case 'superseded':
      return {
        ...attempt,
        status,
        ...(usedBy !== undefined && { supersededBy: { hash: usedBy.hash, isFinal: usedBy.isFinal } }),
      }
    case 'pending':
      return { ...attempt, hash, status: 'sent' }
    case 'missing':
      return attempt
  }
}

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

/** What is open and may be sent: what rests on an approve that was lost would only revert. */
const sendable = ({ record: { attempts } }: Recording): Attempt[] =>
  newestPerNonce(attempts.filter(isOpen)).filter((attempt) => !isOrphaned(attempt, attempts))

/** Everything that is open, to be handed out as it is recorded. */
export const openToSend = (context: Recording): Attempt[] => sendable(context)

/**
 * What may still be mined as far as anybody but us knows: all that is open, except what rests on a lost approve and was
 * never handed out, or is not known to any node. That is not waited for; a new approve takes its nonce.
 */
export const awaitedAttempts = ({ record: { attempts }, missing }: Recording & { missing: readonly string[] }) =>
  attempts.filter(
    (attempt) =>
      isOpen(attempt) &&
      !(isOrphaned(attempt, attempts) && (attempt.status === 'signed' || missing.includes(attempt.hash))),
  )

/** It was handed out, so that it may be mined whatever an endpoint says of it. */
export const isInFlight = (context: Recording): boolean => openAttempts(context).some(({ status }) => status === 'sent')

/** The stake that reverted last did so because the approve that it rested on had lost its nonce: staking itself is fine. */
export const hasLostApprove = ({ record: { attempts } }: Recording): boolean => {
  const last = attempts.findLast(({ status }) => status === 'reverted')
  return last !== undefined && isOrphaned({ ...last, status: 'sent' }, attempts)
}

/** Attempts with those that were just signed, or are to be sent again, as the last ones under their nonces. */
export function withMade(attempts: readonly Attempt[], made: readonly Attempt[]): Attempt[] {
  const hashes = new Set(made.map(({ hash }) => hash))
  return [...attempts.filter(({ hash }) => !hashes.has(hash)), ...withApproval(made)]
}

interface HandedOut {
  hashes: readonly string[]
  sentAs?: Readonly<Record<string, Hex>>
  sentAt?: Readonly<Record<string, string>>
}

/** Attempts after those that were handed out: one that was in a block, and is not any more, waits again. */
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

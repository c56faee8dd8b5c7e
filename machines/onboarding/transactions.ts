import {
  type Attempt,
  type AttemptReport,
  type ChainReport,
  isOpen,
  newestPerNonce,
  type Purpose,
} from '../../src/domain/attempt.ts'
import type { OnboardingContext } from './context.ts'

type Context = OnboardingContext

export const openAttempts = ({ record }: Context): Attempt[] => record.attempts.filter(isOpen)

/** What is to be sent for `purpose`. */
export const openAttemptsFor = (context: Context, purpose: Purpose): Attempt[] =>
  newestPerNonce(openAttempts(context)).filter((attempt) => attempt.purpose === purpose)

/**
 * Attempts whose fate the watcher must report: the open ones, a mined stake that no node has shown in sVVV yet, and what
 * was mined before either: were it undone by a reorganisation, they would wait for it for ever. With them go all that
 * have the same nonces, because any one of those may be mined in their place.
 */
export const watchedAttempts = (context: Context): Attempt[] => {
  const { attempts } = context.record
  const isUnsettled = (attempt: Attempt) =>
    isOpen(attempt) || (attempt.status === 'mined' && attempt.purpose === 'stake')
  const last = Math.max(...attempts.filter(isUnsettled).map(({ nonce }) => nonce))
  const isWatched = (attempt: Attempt) => isUnsettled(attempt) || (attempt.status === 'mined' && attempt.nonce < last)
  const nonces = new Set(attempts.filter(isWatched).map(({ nonce }) => nonce))
  return attempts.filter(({ nonce }) => nonces.has(nonce))
}

/** What is to be sent again, or was signed to get another one going and is to be sent at all. */
export const unsentAttempts = (context: Context): Attempt[] =>
  newestPerNonce(watchedAttempts(context)).filter(
    ({ hash, status }) => status === 'signed' || context.missing.includes(hash),
  )

const minedStake = ({ record }: Context): Attempt | undefined =>
  record.attempts.findLast((attempt) => attempt.purpose === 'stake' && attempt.status === 'mined')

/** This run staked what is asked for, and the chain's state has not shown it in this pass. */
export const hasUnprovenStake = (context: Context): boolean => {
  const stake = minedStake(context)
  return stake !== undefined && BigInt(stake.expected) >= BigInt(context.request.stakeAmount) && !isStakeProven(context)
}

/** A node shows the sVVV that the mined stake was to bring, and it is as much as is asked for. */
export const isStakeProven = (context: Context): boolean => {
  const stake = minedStake(context)
  if (stake === undefined || context.sVvvSeen === null) return false
  const seen = BigInt(context.sVvvSeen)
  return seen >= BigInt(stake.expected) && seen >= BigInt(context.request.stakeAmount)
}

/** Attempts after those with `hashes` were handed out: one that was in a block, and is not any more, waits again. */
export const withBroadcast = (attempts: readonly Attempt[], hashes: readonly string[]): Attempt[] =>
  attempts.map((attempt) =>
    hashes.includes(attempt.hash) && (attempt.status === 'signed' || attempt.status === 'mined')
      ? { ...attempt, status: 'sent', blockNumber: null, gasUsed: null, feeWei: null }
      : attempt,
  )

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

function applyReport(attempt: Attempt, { status, blockNumber, gasUsed, feeWei }: AttemptReport): Attempt {
  switch (status) {
    case 'mined':
    case 'reverted':
      return { ...attempt, status, blockNumber, gasUsed, feeWei }
    case 'superseded':
      return { ...attempt, status }
    case 'pending':
      return { ...attempt, status: 'sent' }
    case 'missing':
      return attempt
  }
}

import { type Attempt, isOrphaned, newestPerNonce, type Purpose } from '../../src/domain/attempt.ts'
import { awaitedAttempts, openToSend } from '../transactions.ts'
import type { OnboardingContext } from './context.ts'

export { missingIn, withBroadcast, withMade, withReport } from '../transactions.ts'

type Context = OnboardingContext

/** The open attempts to send for `purpose`. */
export const openAttemptsFor = (context: Context, purpose: Purpose): Attempt[] =>
  openToSend(context).filter((attempt) => attempt.purpose === purpose)

/**
 * Attempts whose fate the watch must report: the open ones, a mined stake that no read has shown as sVVV yet, and those
 * mined before them, because they would wait for ever if a reorganisation undid one. All attempts with the same nonces
 * are included, because any of them may be mined instead.
 */
export const watchedAttempts = (context: Context): Attempt[] => {
  const { attempts } = context.record
  const awaited = awaitedAttempts(context)
  const isUnsettled = (attempt: Attempt) =>
    awaited.includes(attempt) || (attempt.status === 'mined' && attempt.purpose === 'stake')
  const last = Math.max(...attempts.filter(isUnsettled).map(({ nonce }) => nonce))
  const isWatched = (attempt: Attempt) => isUnsettled(attempt) || (attempt.status === 'mined' && attempt.nonce < last)
  const nonces = new Set(attempts.filter(isWatched).map(({ nonce }) => nonce))
  return attempts.filter(({ nonce }) => nonces.has(nonce))
}

/**
 * Attempts to send again, and unsent replacements or nonce fillers. Never one whose approve was lost: it would only
 * revert.
 */
export const unsentAttempts = (context: Context): Attempt[] =>
  newestPerNonce(watchedAttempts(context)).filter(
    (attempt) =>
      (attempt.status === 'signed' || context.missing.includes(attempt.hash)) &&
      !isOrphaned(attempt, context.record.attempts),
  )

/**
 * The attempt to send needs an approve that was sent before. Before sending, the watch checks that the approve has its
 * nonce.
 */
export const restsOnSent = (context: Context): boolean => {
  const { attempts } = context.record
  return unsentAttempts(context).some(({ restsOn }) =>
    attempts.some(({ purpose, nonce, status }) => purpose === 'approve' && nonce === restsOn && status === 'sent'),
  )
}

const minedStake = ({ record }: Context): Attempt | undefined =>
  record.attempts.findLast((attempt) => attempt.purpose === 'stake' && attempt.status === 'mined')

/** This run staked the requested amount, but the chain's state has not shown it in this pass. */
export const hasUnprovenStake = (context: Context): boolean => {
  const stake = minedStake(context)
  return stake !== undefined && BigInt(stake.expected) >= BigInt(context.request.stakeAmount) && !isStakeProven(context)
}

/** A node shows the sVVV of the mined stake, and it is as much as requested. */
export const isStakeProven = (context: Context): boolean => {
  const stake = minedStake(context)
  if (stake === undefined || context.sVvvSeen === null) return false
  const seen = BigInt(context.sVvvSeen)
  return seen >= BigInt(stake.expected) && seen >= BigInt(context.request.stakeAmount)
}

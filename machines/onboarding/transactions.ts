import { type Attempt, isOrphaned, newestPerNonce, type Purpose } from '../../src/domain/attempt.ts'
import { awaitedAttempts, openToSend } from '../transactions.ts'
import type { OnboardingContext } from './context.ts'

export { missingIn, withBroadcast, withMade, withReport } from '../transactions.ts'

type Context = OnboardingContext

/** What is to be sent for `purpose`. */
export const openAttemptsFor = (context: Context, purpose: Purpose): Attempt[] =>
  openToSend(context).filter((attempt) => attempt.purpose === purpose)

/**
 * Attempts whose fate the watcher must report: the open ones, a mined stake that no node has shown in sVVV yet, and what
 * was mined before either: were it undone by a reorganisation, they would wait for it for ever. With them go all that
 * have the same nonces, because any one of those may be mined in their place.
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
 * What is to be sent again, or was signed to get another one going and is to be sent at all. Never what rests on a lost
 * approve: it would only revert.
 */
export const unsentAttempts = (context: Context): Attempt[] =>
  newestPerNonce(watchedAttempts(context)).filter(
    (attempt) =>
      (attempt.status === 'signed' || context.missing.includes(attempt.hash)) &&
      !isOrphaned(attempt, context.record.attempts),
  )

/** What is to be sent rests on an approve that was sent: whether that one has its nonce is seen before anything goes out. */
export const restsOnSent = (context: Context): boolean => {
  const { attempts } = context.record
  return unsentAttempts(context).some(({ restsOn }) =>
    attempts.some(({ purpose, nonce, status }) => purpose === 'approve' && nonce === restsOn && status === 'sent'),
  )
}

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

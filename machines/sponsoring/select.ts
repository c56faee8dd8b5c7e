import type { Address } from '../../src/domain/addresses.ts'
import { type Attempt, type ChainReport, isOpen, isOrphaned, newestPerNonce } from '../../src/domain/attempt.ts'
import { undeadAttempts } from '../../src/domain/budget.ts'
import type { SponsorRequest } from '../../src/domain/sponsoring.ts'
import { type Beneficiary, isShownFor, keyOf, mayHaveSpent, settledOf } from '../../src/domain/sponsoring.ts'
import type { Failure } from '../../src/errors/failure.ts'
import { awaitedAttempts, withBroadcast, withReport } from '../transactions.ts'
import {
  NO_LOOPS,
  type SponsoringContext,
  type SponsoringCounters,
  type SponsoringInput,
  type SponsoringRecord,
} from './context.ts'
import type { SpentSoFar, SponsoringEffects } from './effects.ts'

/** How often each loop may turn before the machine gives up: at most about five minutes of backoff in a row. */
export const LIMITS: Readonly<SponsoringCounters> = { retries: 12, replans: 5, rebroadcasts: 10, replacements: 8 }

type Context = SponsoringContext

export const isSpent = (counters: SponsoringCounters, name: keyof SponsoringCounters): boolean =>
  counters[name] >= LIMITS[name]

export const initialContext = ({ request, record, fundsDeadline }: SponsoringInput): SponsoringContext => ({
  request,
  record: carriedOver(record, request),
  counters: NO_LOOPS,
  walletState: null,
  missing: [],
  wakeAt: null,
  fundsDeadline: fundsDeadline ?? null,
  failure: null,
})

/** The record for `request`: unchanged if it is of this request, else with what an earlier request left unsettled. */
function carriedOver(record: SponsoringRecord | undefined, { runId }: SponsorRequest): SponsoringRecord {
  if (record?.runId === runId) return record
  const attempts = record === undefined ? [] : unsettled(record)
  const ownFrom = Math.max(0, ...attempts.map(({ nonce }) => nonce + 1))
  return { runId, attempts, settled: [], staked: [], ownFrom, nextNonce: record?.nextNonce ?? 0 }
}

/**
 * Attempts that are open, or mined but not shown, with all that have the same nonces: any of them may be mined instead.
 */
function unsettled({ attempts, staked }: SponsoringRecord): Attempt[] {
  const undead = new Set(undeadAttempts(attempts))
  const isSettled = (attempt: Attempt) =>
    !isOpen(attempt) && !undead.has(attempt) && (attempt.status !== 'mined' || !isUnproven(attempt, staked))
  const nonces = new Set(attempts.flatMap((attempt) => (isSettled(attempt) ? [] : [attempt.nonce])))
  return attempts.filter(({ nonce }) => nonces.has(nonce))
}

const isUnproven = ({ purpose, status, beneficiary }: Attempt, staked: readonly Address[]): boolean =>
  purpose === 'sponsor' && status === 'mined' && beneficiary !== undefined && !staked.includes(keyOf(beneficiary))

/**
 * Attempts whose fate the watch must report: all that are open or mined since the last read of the treasury, with all
 * that have the same nonces.
 */
export function watchedAttempts(context: Context): Attempt[] {
  const { attempts } = context.record
  const watched = [...awaitedAttempts(context), ...attempts.filter(({ status }) => status === 'mined')]
  const nonces = new Set(watched.map(({ nonce }) => nonce))
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

/** The record after a report on the transactions: agents that it shows with their stake are done. */
export function withPoll(record: SponsoringRecord, report: ChainReport): SponsoringRecord {
  const attempts = withReport(record.attempts, report)
  const shown = attempts.flatMap((attempt) =>
    isUnproven(attempt, record.staked) && attempt.beneficiary !== undefined && isShownFor(attempt, report)
      ? [keyOf(attempt.beneficiary)]
      : [],
  )
  const mined = attempts.filter(({ status }) => status === 'mined' || status === 'reverted')
  const nextNonce = Math.max(record.nextNonce, ...mined.map(({ nonce }) => nonce + 1))
  return { ...record, attempts, nextNonce, staked: [...new Set([...record.staked, ...shown])] }
}

/**
 * The record after the treasury was read. Nothing is pending then, and mined transactions have been shown: they are
 * settled. A later reorganisation that undoes them is not noticed; each agent was seen twice with its stake, or was
 * never short. An attempt whose approve was lost stays until another transaction has its nonce.
 */
export function withTreasuryState(record: SponsoringRecord, covered: readonly Address[]): SponsoringRecord {
  const attempts = unspent(record.attempts)
  const settled = ownAttempts(record).filter((attempt) => !attempts.includes(attempt))
  return {
    ...record,
    attempts,
    settled: [...record.settled, ...settled.map(settledOf)],
    staked: [...new Set([...record.staked, ...covered])],
  }
}

/**
 * Attempts that are still open, with the approves that explain why they are not sent; and those that lost their nonce
 * to a transaction from elsewhere, as the record cannot prove that they are never mined.
 */
const unspent = (attempts: readonly Attempt[]): Attempt[] => {
  const open = attempts.filter(isOpen)
  const approved = new Set(open.map(({ restsOn }) => restsOn))
  const undead = new Set(undeadAttempts(attempts))
  const isKept = (attempt: Attempt) =>
    isOpen(attempt) || undead.has(attempt) || (attempt.purpose === 'approve' && approved.has(attempt.nonce))
  return attempts.filter(isKept)
}

const ownAttempts = ({ attempts, ownFrom }: SponsoringRecord): Attempt[] =>
  attempts.filter(({ nonce }) => nonce >= ownFrom)

/** Agents that were not seen with their stake yet. */
export function remainingAgents({ request, record }: Context): Beneficiary[] {
  const staked = new Set<string>(record.staked)
  return request.agents.filter(({ address }) => !staked.has(keyOf(address)))
}

export const pollRequest = (context: Context): SponsoringEffects['readTreasury']['input'] => ({
  treasury: context.request.address,
  agents: remainingAgents(context),
  unproven: context.record.attempts.filter((attempt) => isUnproven(attempt, context.record.staked)),
  nextNonce: context.record.nextNonce,
  isFirst: context.walletState === null,
  ...(context.request.beyond !== undefined && { beyond: context.request.beyond }),
})

/** Attempts after a broadcast. Dropped ones can never be mined. */
export const withHandedOut = (
  attempts: readonly Attempt[],
  handedOut: SponsoringEffects['broadcast']['output'],
): Attempt[] =>
  withBroadcast(attempts, handedOut).map((attempt) =>
    handedOut.dropped.includes(attempt.hash) ? { ...attempt, status: 'superseded' } : attempt,
  )

export const signingRequest = ({
  request,
  walletState,
  record,
}: Context): SponsoringEffects['signTransactions']['input'] => {
  if (walletState === null) throw new Error('Nothing is signed before the treasury has been looked at.')
  const reverted = record.settled.filter(({ purpose, status }) => purpose === 'sponsor' && status === 'reverted')
  return { request, walletState, attempts: record.attempts, reverted, spent: inText(mayHaveSpent(record.settled)) }
}

export const replacementRequest = ({
  request: { address },
  record,
}: Context): SponsoringEffects['replaceTransactions']['input'] => ({
  address,
  attempts: record.attempts,
  settled: inText(mayHaveSpent(record.settled)),
})

const inText = ({ vvv, feeWei }: { vvv: bigint; feeWei: bigint }): SpentSoFar => ({
  vvv: vvv.toString(),
  feeWei: feeWei.toString(),
})

/** All plans were carried out, but agents still lack their stake. */
export const notStaked = ({ record, walletState }: Context): Failure => ({
  code: 'chain/not-credited',
  recovery: 'stop',
  exit: 'rejected',
  message: `The treasury was looked at ${LIMITS.replans} times, and no agent got its stake in between.`,
  hint: 'Nothing more is sent. Look at the transactions before anything else is staked.',
  facts: record.settled.slice(-LIMITS.replans).map(({ purpose, hash }) => `${purpose}: ${hash}`),
  at: walletState?.readAt ?? new Date(0).toISOString(),
  jitter: 0,
  retryAfterMs: null,
})

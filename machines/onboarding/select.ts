import { formatAmount } from '../../src/domain/amounts.ts'
import { type Attempt, type AttemptReport, type ChainReport, isOpen, type Purpose } from '../../src/domain/attempt.ts'
import { backoffMs } from '../../src/domain/backoff.ts'
import type { Funding } from '../../src/domain/funding.ts'
import type { KeyRef, MintIntent } from '../../src/domain/key.ts'
import { type Failure, isFailure } from '../../src/errors/failure.ts'
import type { Counters, OnboardingContext, RunRecord, Skipped } from './context.ts'
import type { EffectContract } from './effects.ts'

/** How often each loop may turn before the machine gives up. About five minutes of backoff in a row, at most. */
export const LIMITS = {
  retries: 12,
  refreshes: 5,
  resigns: 1,
  lagWaits: 20,
  replans: 5,
  rebroadcasts: 10,
  mints: 3,
} as const

/** How often a wallet that lacks funds is looked at again. */
const FUNDS_POLL_MS = 10_000

type Context = OnboardingContext

const after = (iso: string, ms: number): string => new Date(Date.parse(iso) + ms).toISOString()

export const openAttempts = ({ record }: Context): Attempt[] => record.attempts.filter(isOpen)

export const openAttemptsFor = (context: Context, purpose: Purpose): Attempt[] =>
  openAttempts(context).filter((attempt) => attempt.purpose === purpose)

/**
 * Attempts whose fate the watcher must report: the open ones, a mined stake that no node has shown in sVVV yet, and what
 * was mined before an open one: were it undone by a reorganisation, the open one would wait for it for ever.
 */
export const watchedAttempts = (context: Context): Attempt[] => {
  const last = Math.max(...openAttempts(context).map(({ nonce }) => nonce))
  return context.record.attempts.filter(
    (attempt) =>
      isOpen(attempt) || (attempt.status === 'mined' && (attempt.purpose === 'stake' || attempt.nonce < last)),
  )
}

const minedStake = ({ record }: Context): Attempt | undefined =>
  record.attempts.findLast((attempt) => attempt.purpose === 'stake' && attempt.status === 'mined')

export const missingAttempts = (context: Context): Attempt[] =>
  watchedAttempts(context).filter((attempt) => context.missing.includes(attempt.hash))

/** This run staked what is asked for, and the chain's state has not shown it in this pass. */
export const hasUnprovenStake = (context: Context): boolean => {
  const stake = minedStake(context)
  return stake !== undefined && BigInt(stake.expected) >= BigInt(context.request.stakeAmount) && !isStakeProven(context)
}

/** A node shows the sVVV that the mined stake was to bring. */
export const isStakeProven = (context: Context): boolean => {
  const stake = minedStake(context)
  return stake !== undefined && context.sVvvSeen !== null && BigInt(context.sVvvSeen) >= BigInt(stake.expected)
}

/** The stake is known to be there, by our own transaction or by what the wallet holds. */
export const holdsStake = (context: Context): boolean =>
  isStakeProven(context) || (context.position !== null && BigInt(context.position.sVvv) > 0n)

const isUnresolved = ({ status }: MintIntent): boolean => status === 'posting' || status === 'doubted'

export const unresolvedMint = ({ record }: Context): MintIntent | undefined => record.mints.findLast(isUnresolved)

/** Mints that may have made a key which nobody holds. */
export const doubtfulMints = (record: RunRecord): number =>
  record.mints.filter((intent) => intent.status === 'lost' || isUnresolved(intent)).length

export const failureOf = (event: object): Failure | null =>
  'error' in event && isFailure(event.error) ? event.error : null

export const isSpent = (counters: Counters, name: keyof Counters): boolean => counters[name] >= LIMITS[name]

/** When to try again after `failure`: its own wait if the other side named one, else a growing backoff. */
export const retryAt = (counters: Counters, failure: Failure): string =>
  after(failure.at, backoffMs({ tries: counters.retries, jitter: failure.jitter, retryAfterMs: failure.retryAfterMs }))

/** When to look again for a stake that is mined but not seen yet: from 1 s, growing to 15 s. */
export const lagCheckAt = (counters: Counters, failure: Failure): string =>
  after(failure.at, Math.max(Math.min(15_000, 1_000 * 1.5 ** counters.lagWaits), failure.retryAfterMs ?? 0))

export const fundsCheckAt = (failure: Failure, deadline: string): string => {
  const next = after(failure.at, FUNDS_POLL_MS)
  return next < deadline ? next : deadline
}

/** Attempts with what `report` says of them. */
export const withReport = (attempts: readonly Attempt[], report: ChainReport): Attempt[] =>
  attempts.map((attempt) => {
    const found = report.attempts.find(({ hash }) => hash === attempt.hash)
    return found === undefined ? attempt : applyReport(attempt, found)
  })

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

export const skippedStaking = ({ record, request }: Context, sVvv: string): Skipped[] => {
  const own = record.attempts.findLast(({ purpose, status }) => purpose === 'stake' && status === 'mined')
  if (own !== undefined) return [{ stage: 'stake', why: `This run staked already, in ${own.hash}.` }]
  const why = `The wallet holds ${formatAmount(sVvv)} sVVV; ${formatAmount(request.stakeAmount)} is asked for.`
  return [
    { stage: 'approve', why },
    { stage: 'stake', why },
  ]
}

export const skippedApproval = ({ record }: Context, allowance: string): Skipped[] => {
  const own = record.attempts.findLast(({ purpose, status }) => purpose === 'approve' && status === 'mined')
  const why =
    own === undefined
      ? `The staking contract may pull ${formatAmount(allowance)} VVV already.`
      : `This run approved already, in ${own.hash}.`
  return [{ stage: 'approve', why }]
}

const withLastMint = (record: RunRecord, status: MintIntent['status']): RunRecord => {
  const last = record.mints.findLast(isUnresolved)
  if (last === undefined) return record
  return { ...record, mints: record.mints.map((intent) => (intent === last ? { ...intent, status } : intent)) }
}

/** A refused mint made no key, so the next intent takes its place. */
export const withIntent = (record: RunRecord, intent: MintIntent, warnings: readonly string[]): RunRecord => ({
  ...record,
  mints: [...record.mints.filter(({ status }) => status !== 'refused'), intent],
  warnings: [...new Set([...record.warnings, ...warnings])],
})

/**
 * Venice answered and made no key. That holds for this post only: a doubt left by an earlier post of the same intent
 * remains, and a used challenge proves that there was one, were it repeated by a proxy. Failures from elsewhere prove
 * nothing.
 */
export const withRefusal = (record: RunRecord, failure: Failure | null): RunRecord => {
  if (failure === null || !/^(venice|challenge)\//.test(failure.code)) return record
  const isDoubtful = failure.code === 'venice/challenge-used' || record.mints.some(({ status }) => status === 'doubted')
  return isDoubtful ? withLostMint(record) : withLastMint(record, 'refused')
}

export const withDoubt = (record: RunRecord): RunRecord => withLastMint(record, 'doubted')

export const withKey = (record: RunRecord, key: KeyRef): RunRecord => ({ ...withLastMint(record, 'stored'), key })

/** Marks the mint whose answer is missing as lost, and says so. */
export const withLostMint = (record: RunRecord): RunRecord => {
  const intent = record.mints.findLast(isUnresolved)
  if (intent === undefined) return record
  return {
    ...withLastMint(record, 'lost'),
    warnings: [
      ...record.warnings,
      `A key labelled "${intent.label}" may exist that nobody holds; look for it in Venice's key list and revoke it.`,
    ],
  }
}

/** Venice goes on denying a stake the chain shows: an outcome of its own, because staking more would not help. */
export const stakeNotSeen = (context: Context, failure: Failure): Failure => ({
  ...failure,
  code: 'venice/stake-not-seen',
  exit: 'transient',
  message: `Venice does not see the stake after ${LIMITS.lagWaits} looks, although the chain shows it.`,
  hint: 'Run the same command again later; nothing more is staked. If it stays so, ask Venice with the facts above.',
  facts: [
    `Wallet: ${context.request.address}`,
    `sVVV on chain: ${formatAmount(context.sVvvSeen ?? context.position?.sVvv ?? '0')}`,
    `Venice: ${failure.message}`,
  ],
})

/** All that was sent is mined, and the wallet is still looked at as one that has not staked. */
export const notStaked = ({ record, position }: Context): Failure => ({
  code: 'chain/not-credited',
  recovery: 'stop',
  exit: 'rejected',
  message: `The wallet does not show the stake, although ${LIMITS.replans} plans were carried out.`,
  hint: 'Nothing more is sent. Look at the transactions before anything else is staked.',
  facts: record.attempts.map(({ purpose, hash }) => `${purpose}: ${hash}`),
  at: position?.readAt ?? new Date(0).toISOString(),
  jitter: 0,
  retryAfterMs: null,
})

/** So many answers of Venice are missing that no other key is asked for. */
export const mintsSpent = ({ record, failure }: Context): Failure => {
  if (failure?.code === 'venice/mint-outcome-unknown') return failure
  const doubtful = record.mints.filter((intent) => intent.status === 'lost' || isUnresolved(intent))
  return {
    code: 'venice/mint-outcome-unknown',
    recovery: 'resolveMint',
    exit: 'transient',
    message: `${doubtful.length} keys were asked for, and no answer to any of them is recorded.`,
    hint: 'Revoke them at https://venice.ai/settings/api, then run the same command again.',
    facts: doubtful.map(({ label }) => `Label: ${label}`),
    at: doubtful.at(-1)?.at ?? new Date(0).toISOString(),
    jitter: 0,
    retryAfterMs: null,
  }
}

/** A key that is stored, and whose funding could not be asked. */
export const unknownFunding = (failure: Failure): Funding => ({
  spendable: null,
  reason: `Not known: ${failure.message}`,
  tier: null,
  balances: { usd: null, diem: null, bundledCredits: null },
  nextEpochAt: null,
  keyExpiresAt: null,
  checkedAt: failure.at,
})

export const signingRequest = ({ request, position, record }: Context): EffectContract['signTransactions']['input'] => {
  if (position === null) throw new Error('Nothing is signed before the wallet has been looked at.')
  return { request, position, attempts: record.attempts }
}

export const mintRequest = (context: Context): EffectContract['mintKey']['input'] => {
  const intent = unresolvedMint(context)
  if (intent === undefined) throw new Error('Nothing is minted before its intent is recorded.')
  return { address: context.request.address, key: context.request.key, intent }
}

export const fundingRequest = ({ record }: Context): EffectContract['checkFunding']['input'] => {
  if (record.key === null) throw new Error('There is no key whose funding could be checked.')
  return { key: record.key }
}

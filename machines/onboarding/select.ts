import { formatAmount } from '../../src/domain/amounts.ts'
import { alongOf } from '../../src/domain/attempt.ts'
import { isDoubtful, type KeyRef, type KeyType, type MintIntent } from '../../src/domain/key.ts'
import { say, setting, type Told } from '../../src/domain/next-action.ts'
import { minterIn } from '../../src/domain/request.ts'
import type { WalletState } from '../../src/domain/wallet-state.ts'
import type { Failure } from '../../src/errors/failure.ts'
import { after } from '../failures.ts'
import type { Counters, OnboardingContext, RunRecord, Skipped } from './context.ts'
import type { EffectContract } from './effects.ts'
import { orphanWarning, reclaimAction } from './orphans.ts'
import { isStakeProven } from './transactions.ts'

/**
 * How often each loop may turn before the machine gives up: at most about five minutes of backoff in a row. A wait for
 * money may take a week, as its deadline comes first.
 */
export const LIMITS = {
  retries: 12,
  refreshes: 5,
  resigns: 1,
  lagWaits: 20,
  replans: 5,
  rebroadcasts: 10,
  replacements: 8,
  mints: 3,
  proofs: 3,
  creditChecks: 10_000,
  payments: 3,
} as const

export { failureOf, retryAt } from '../failures.ts'

type Context = OnboardingContext

/** The stake is known to exist, by our own transaction or by the wallet's balance. */
export const holdsStake = (context: Context): boolean =>
  isStakeProven(context) || (context.walletState !== null && BigInt(context.walletState.sVvv) > 0n)

const isUnresolved = ({ status }: MintIntent): boolean => status === 'posting' || status === 'doubted'

export const unresolvedMint = ({ record }: Context): MintIntent | undefined => record.mints.findLast(isUnresolved)

/** The number of mints that may have made a key which nobody has. */
export const doubtfulMints = (record: RunRecord): number => record.mints.filter(isDoubtful).length

export const isSpent = (counters: Counters, name: keyof Counters): boolean => counters[name] >= LIMITS[name]

/** When to poll again for a stake that is mined but not seen yet: from 1 s, growing to 15 s. */
export const lagCheckAt = (counters: Counters, failure: Failure): string =>
  after(failure.at, Math.max(Math.min(15_000, 1_000 * 1.5 ** counters.lagWaits), failure.retryAfterMs ?? 0))

export const skippedStaking = ({ record, request }: Context, sVvv: string): Skipped[] => {
  const own = record.attempts.findLast(({ purpose, status }) => purpose === 'stake' && status === 'mined')
  if (own !== undefined) return [{ stage: 'stake', why: `This run staked already, in ${own.hash}.` }]
  const why = `${request.mintAs ?? 'The wallet'} holds ${formatAmount(sVvv)} sVVV; ${formatAmount(request.stakeAmount)} is asked for.`
  return [
    { stage: 'approve', why },
    { stage: 'stake', why },
  ]
}

export const skippedApproval = ({ record }: Context, { allowance, drafts }: WalletState): Skipped[] => {
  if (drafts.some((draft) => alongOf(draft).includes('approve')))
    return [{ stage: 'approve', why: 'The account approves in the transaction that stakes: both, or none.' }]
  const own = record.attempts.findLast(({ purpose, status }) => purpose === 'approve' && status === 'mined')
  const why =
    own === undefined
      ? `The staking contract may pull ${formatAmount(allowance)} VVV already.`
      : `This run approved already, in ${own.hash}.`
  return [{ stage: 'approve', why }]
}

/** The skipped stages, with DIEM that was staked before this run. */
export const skippedDiem = ({ record }: Context, { diem }: WalletState): readonly Skipped[] => {
  const isOwn = record.attempts.some(({ purpose, status }) => purpose === 'stakeDiem' && status === 'mined')
  if (isOwn || diem === undefined) return record.skipped
  const why = `The wallet has ${formatAmount(diem.staked)} DIEM staked; ${formatAmount(diem.asked)} is asked for.`
  return [...record.skipped.filter((skipped) => skipped.why !== why), { stage: 'fundingCheck', why }]
}

const withLastMint = (record: RunRecord, status: MintIntent['status']): RunRecord => {
  const last = record.mints.findLast(isUnresolved)
  if (last === undefined) return record
  return { ...record, mints: record.mints.map((intent) => (intent === last ? { ...intent, status } : intent)) }
}

/** A refused mint made no key, so the next intent replaces it. */
export const withIntent = (record: RunRecord, intent: MintIntent, warnings: readonly string[]): RunRecord => ({
  ...record,
  mints: [...record.mints.filter(({ status }) => status !== 'refused'), intent],
  warnings: [...new Set([...record.warnings, ...warnings])],
})

/**
 * Venice answered that it made no key. That holds only for this post: a doubt from an earlier post of the same intent
 * remains, and "challenge used" proves an earlier post, perhaps repeated by a proxy. Failures from elsewhere prove
 * nothing.
 */
export const withRefusal = (record: RunRecord, failure: Failure | null, type: KeyType): RunRecord => {
  if (failure === null || !/^(venice|challenge)\//.test(failure.code)) return record
  const isProven = failure.code === 'venice/challenge-used'
  const isInDoubt = isProven || record.mints.some(({ status }) => status === 'doubted')
  return isInDoubt ? withLostMint(record, { type, isProven }) : withLastMint(record, 'refused')
}

export const withDoubt = (record: RunRecord): RunRecord => withLastMint(record, 'doubted')

export const withKey = (record: RunRecord, key: KeyRef): RunRecord => {
  const intent = record.mints.findLast(isUnresolved)
  const warning = intent === undefined || intent.sink === key.sink ? null : fallbackWarning(intent, key)
  return {
    ...withLastMint(record, 'stored'),
    key,
    warnings: [...record.warnings, ...(warning === null ? [] : [warning])],
  }
}

/** A warning: which sinks failed, where the key is instead, and what to do. */
function fallbackWarning({ sink, fallbacks }: MintIntent, key: KeyRef): Told {
  const index = fallbacks.findIndex((fallback) => fallback.sink === key.sink)
  const failed = [sink, ...fallbacks.slice(0, Math.max(index, 0)).map((fallback) => fallback.sink)]
  const replaced = typeof fallbacks[index]?.before === 'string' ? ' It replaced another key there.' : ''
  const where = `The key could not be stored in ${failed.join(' or ')}; it is in ${key.sink}.${replaced}`
  return say`${where} Keep that out of version control. To move it, copy it where it belongs and name that place with ${setting('saveKey')}.`
}

/** Marks a mint without an answer as lost, with a warning. */
export const withLostMint = (record: RunRecord, about: { type: KeyType; isProven?: boolean }): RunRecord => {
  const intent = record.mints.findLast(isUnresolved)
  if (intent === undefined) return record
  return { ...withLastMint(record, 'lost'), warnings: [...record.warnings, orphanWarning(intent, about)] }
}

/** Venice still denies a stake that the chain shows. It is a separate failure, because staking more would not help. */
export const stakeNotSeen = (context: Context, failure: Failure): Failure => ({
  ...failure,
  code: 'venice/stake-not-seen',
  exit: 'transient',
  message: `Venice does not see the stake after ${LIMITS.lagWaits} checks, although the chain shows it.`,
  hint: 'Run the same command again later; nothing more is staked. If it stays so, ask Venice with the facts above.',
  facts: [
    `Wallet: ${minterIn(context.request)}`,
    `sVVV on chain: ${formatAmount(context.sVvvSeen ?? context.walletState?.sVvv ?? '0')}`,
    `Venice: ${failure.message}`,
  ],
})

/** Every sent transaction is mined, but the wallet still shows no stake. */
export const notStaked = ({ record, walletState }: Context): Failure => ({
  code: 'chain/not-credited',
  recovery: 'stop',
  exit: 'rejected',
  message: `The wallet does not show the stake, although ${LIMITS.replans} plans were carried out.`,
  hint: 'Nothing more is sent. Look at the transactions before anything else is staked.',
  facts: record.attempts.map(({ purpose, hash }) => `${purpose}: ${hash}`),
  at: walletState?.readAt ?? new Date(0).toISOString(),
  jitter: 0,
  retryAfterMs: null,
})

/** Too many answers of Venice were lost, so no other key is requested. */
export const mintsSpent = ({ record, failure }: Context): Failure => {
  const hint = say`Delete them with ${reclaimAction(record.key?.type ?? null)}, then run the same command again.`
  if (failure?.code === 'venice/mint-outcome-unknown') return { ...failure, hint }
  const doubtful = record.mints.filter(isDoubtful)
  return {
    code: 'venice/mint-outcome-unknown',
    recovery: 'resolveMint',
    exit: 'transient',
    message: `${doubtful.length} keys were asked for, and no answer to any of them is recorded.`,
    hint,
    facts: doubtful.map(({ label }) => `Label: ${label}`),
    at: doubtful.at(-1)?.at ?? new Date(0).toISOString(),
    jitter: 0,
    retryAfterMs: null,
  }
}

export const signingRequest = ({
  request,
  walletState,
  record,
}: Context): EffectContract['signTransactions']['input'] => {
  if (walletState === null) throw new Error('Nothing is signed before the wallet has been looked at.')
  return { request, walletState, attempts: record.attempts }
}

export const mintRequest = (context: Context): EffectContract['mintKey']['input'] => {
  const intent = unresolvedMint(context)
  if (intent === undefined) throw new Error('Nothing is minted before its intent is recorded.')
  return { address: minterIn(context.request), key: context.request.key, intent }
}

export const fundingRequest = ({ record, request }: Context): EffectContract['checkFunding']['input'] => {
  if (record.key === null) throw new Error('There is no key whose funding could be checked.')
  return { key: record.key, asked: request.key, ...mintTime(record) }
}

/** When the run's key was minted, if recorded. */
export const mintTime = ({ key, mints }: OnboardingContext['record']): { mintedAt?: string } => {
  const mint = mints.findLast(({ label }) => label === key?.label)
  return mint === undefined ? {} : { mintedAt: mint.at }
}

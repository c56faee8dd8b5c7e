import type { RunRecord, Skipped } from '../../machines/onboarding/context.ts'
import { keysToRevoke, retiredWarnings, rotateAction } from '../../machines/onboarding/retired.ts'
import { isPaidFor } from '../../machines/onboarding/wallet-credential.ts'
import { formatAmount, USDC_DECIMALS } from '../domain/amounts.ts'
import { type AttemptSummary, isOpen, summaryOf } from '../domain/attempt.ts'
import { committed, paid } from '../domain/budget.ts'
import { unitsOf } from '../domain/decimal.ts'
import type { Funding } from '../domain/funding.ts'
import { adviceOn, type FundingAdvice } from '../domain/funding-advice.ts'
import { isDoubtful, type KeyRef, type KeyRequest, type MintIntent } from '../domain/key.ts'
import { type Action, action, type NextAction, type Told, withTexts } from '../domain/next-action.ts'
import { LEAST_CREDIT_USD, type PaymentSummary, paymentSummaryOf } from '../domain/payment.ts'
import { type OnboardingRequest, paysAsWallet } from '../domain/request.ts'
import { type Failure, isRecoverable, type Reason, reasonOf } from '../errors/failure.ts'
import type { Envelope } from './envelope.ts'
import { SCHEMA_VERSION, statePath } from './events.ts'

/** How a run ended, or stands. The contract that scripts and agents read. */
export interface RunResult {
  schemaVersion: number
  outcome: 'funded' | 'unfunded' | 'paused' | 'failed'
  /** Dotted path of the machine's state. */
  state: string
  runId: string
  address: string
  chainId: number
  /** Whom the wallet has staked for, and who owns the key. Absent: the wallet itself. */
  mintAs?: string
  /** The run had ended before this was asked of it. */
  wasFinished: boolean
  /** The same command can finish the run, at once or after what `nextAction` names. */
  recoverable: boolean
  nextAction: NextAction | null
  /** What the wallet can do instead, where it lacks what this run needs. */
  alternative: NextAction | null
  failure: Reason | null
  /**
   * `isAsAsked` is false for a key of another type than was asked for, and absent otherwise. `isStored` is false where its
   * sink was looked into and does not hold it any more, and absent otherwise.
   */
  key: (Pick<KeyRef, 'id' | 'last6' | 'type' | 'sink' | 'expiresAt'> & { isAsAsked?: false; isStored?: false }) | null
  /** What calls are paid with, once it is there; null before. */
  credential: Credential | null
  transactions: readonly AttemptSummary[]
  /** USDC for credit of the wallet, oldest first. */
  payments: readonly PaymentSummary[]
  /** Decimal strings: base units of VVV, wei, dollars. Ceilings where a fee is not known yet. */
  spent: { vvv: string; feeWei: string; usd: string }
  /** What was done already, and how that was known. */
  skipped: readonly Skipped[]
  funding: FundingView | null
  warnings: readonly Told[]
  /** Keys of this run that Venice may still take although they were replaced or given up. */
  toRevoke: readonly Pick<KeyRef, 'id' | 'last6' | 'type' | 'label'>[]
  /** Mints that may have made a key which nobody holds; Venice lists it under the label. */
  orphans: readonly Pick<MintIntent, 'label' | 'at' | 'status'>[]
}

/** wallet: it pays for calls that it signs in for, out of credit of its own; it needs no key. */
export type Credential =
  | ({ kind: 'key' } & Pick<KeyRef, 'last6' | 'sink'>)
  | {
      kind: 'wallet'
      address: string
      /** Dollars. */
      creditUsd: number
      /** Least dollars of credit for which Venice admits a call. */
      floorUsd: number
      canSpend: boolean
      /** The header that each call carries, made fresh by the wallet. */
      header: 'SIGN-IN-WITH-X'
    }

/** Whether the key can spend; if not, what to do about it and where. */
export interface FundingView extends Funding {
  next: string | null
  links: readonly string[]
}

/**
 * What can be said of the run in `envelope`.
 *
 * @param wasFinished - it had ended before this was asked of it. Default false.
 * @param held - what was found in the sink of its key. Default: nobody looked.
 */
export function resultOf(
  { snapshot, runId, address, chainId }: Envelope,
  {
    wasFinished = false,
    held = 'unknown',
  }: { wasFinished?: boolean; held?: 'key' | 'nothing' | 'other' | 'unknown' } = {},
): RunResult {
  const { record, wakeAt, request } = snapshot.context
  const failure = toldOf(snapshot.context)
  const outcome = outcomeOf(snapshot, failure)
  const spending = committed(record.attempts)
  const isLost = record.key !== null && (held === 'nothing' || held === 'other')
  return {
    schemaVersion: SCHEMA_VERSION,
    outcome,
    state: statePath(snapshot.value),
    runId,
    address,
    chainId,
    ...(request.mintAs !== undefined && { mintAs: request.mintAs }),
    wasFinished,
    recoverable: outcome !== 'failed' || (failure !== null && isRecoverable(failure)),
    nextAction: (isLost ? mintNext(record, held) : null) ?? nextAction({ outcome, record, failure, wakeAt, request }),
    alternative: (outcome === 'failed' && failure?.alternative) || null,
    failure: outcome === 'failed' && failure !== null ? reasonOf(failure) : null,
    key: record.key && {
      id: record.key.id,
      last6: record.key.last6,
      type: record.key.type,
      sink: record.key.sink,
      expiresAt: record.key.expiresAt,
      ...(record.key.type !== request.key.type && { isAsAsked: false as const }),
      ...(isLost && { isStored: false as const }),
    },
    credential: credentialOf(request, record),
    transactions: record.attempts.map(summaryOf),
    payments: record.payments.map(paymentSummaryOf),
    spent: { vvv: spending.vvv.toString(), feeWei: spending.feeWei.toString(), usd: dollarsSpent(record) },
    skipped: record.skipped,
    funding: record.funding && viewOfFunding(record.funding, request.key),
    warnings: [
      ...(isLost ? [lostWarning(record, held)] : []),
      ...record.warnings,
      ...retiredWarnings(record),
      ...(record.funding?.differences ?? []),
    ],
    toRevoke: keysToRevoke(record).map(({ key: { id, last6, type, label } }) => ({ id, last6, type, label })),
    orphans: record.mints.filter(isDoubtful).map(({ label, at, status }) => ({ label, at, status })),
  }
}

function credentialOf(request: OnboardingRequest, { key, funding }: RunRecord): Credential | null {
  if (!paysAsWallet(request)) return key && { kind: 'key', last6: key.last6, sink: key.sink }
  const wallet = funding?.wallet ?? null
  if (wallet === null) return null
  return {
    kind: 'wallet',
    address: request.address,
    creditUsd: wallet.balanceUsd,
    floorUsd: LEAST_CREDIT_USD,
    canSpend: wallet.canConsume,
    header: 'SIGN-IN-WITH-X',
  }
}

/** An error says of its own step that nothing was signed; above transactions that were, that would be wrong. */
function toldOf({ failure, record }: Envelope['snapshot']['context']): Failure | null {
  const { attempts, payments, mints } = record
  if (failure === null || attempts.length + payments.length + mints.length === 0) return failure
  const truly = (text: string) => text.replaceAll(/\bNothing was (?=signed\b)/g, 'Nothing more was ')
  return { ...failure, message: truly(failure.message), hint: withTexts(failure.hint, truly) }
}

function outcomeOf(
  { status, context: { request, record } }: Envelope['snapshot'],
  failure: Failure | null,
): RunResult['outcome'] {
  if (status === 'active') return 'paused'
  if (failure !== null) return 'failed'
  return isPaidFor(request, record) ? 'funded' : 'unfunded'
}

function viewOfFunding(funding: Funding, key: KeyRequest): FundingView {
  const advice = adviceOn(funding, key)
  return { ...funding, next: advice?.step ?? null, links: advice?.links ?? [] }
}

/** USDC that has moved or still may, and what calls have cost: those of a wallet that paid are paid from that. */
function dollarsSpent({ funding, payments }: RunRecord): string {
  const moved = paid(payments)
  const byWallet = moved === 0n ? funding?.wallet?.proof : null
  const costs = [funding?.proof, byWallet].map((proof) => unitsOf(proof?.costUsd ?? 0, COST_DECIMALS))
  const scale = 10n ** BigInt(COST_DECIMALS - USDC_DECIMALS)
  return formatAmount(
    costs.reduce((sum, cost) => sum + cost, moved * scale),
    { decimals: COST_DECIMALS },
  )
}

/** Decimals of what a call cost. */
const COST_DECIMALS = 24

/** The same request again: it continues the run. */
const AGAIN = action('run')

function nextAction({
  outcome,
  record,
  failure,
  wakeAt,
  request,
}: {
  outcome: RunResult['outcome']
  record: RunRecord
  failure: Failure | null
  wakeAt: string | null
  request: OnboardingRequest
}): NextAction | null {
  switch (outcome) {
    case 'funded':
      return revokeNext(record)
    case 'unfunded':
      return revokeNext(record) ?? fundNext(record, request)
    case 'paused': {
      const pending = record.attempts.filter(isOpen).length
      const reason =
        failure?.message ??
        record.funding?.reason ??
        (pending > 0 ? `${pending} transaction(s) are not mined yet.` : 'The run is not finished.')
      return { ...AGAIN, reason, ...(wakeAt !== null && { earliestAt: wakeAt }) }
    }
    case 'failed':
      return { ...AGAIN, reason: failure?.hint ?? '' }
  }
}

const lostWarning = ({ key }: RunRecord, held: 'nothing' | 'other'): string =>
  held === 'other'
    ? `${key?.sink} now holds another key, not the key …${key?.last6} of this wallet.`
    : `${key?.sink} does not hold the key …${key?.last6} any more.`

/** A key is shown once: what is gone is replaced by another. */
function mintNext(record: RunRecord, held: 'nothing' | 'other'): NextAction {
  const rotate = rotateAction(record)
  const elsewhere: Action['arguments'] = held === 'other' ? { saveKey: 'env-file:FILE' } : {}
  return { ...rotate, arguments: { ...rotate.arguments, ...elsewhere }, reason: lostWarning(record, held) }
}

/** A key that was replaced, perhaps because others know it, comes before the money for the new one. */
function revokeNext(record: RunRecord): NextAction | null {
  const [old] = keysToRevoke(record)
  return old === undefined
    ? null
    : { ...rotateAction(record), reason: `Venice still takes the key …${old.key.last6}, which was replaced.` }
}

function fundNext(record: RunRecord, { key, fund, credential }: OnboardingRequest): NextAction {
  const { funding } = record
  if (fund?.way === 'x402' || credential === 'wallet') return { ...AGAIN, reason: creditMissing(record) }
  const reason = funding?.reason ?? 'It is unknown whether the key can spend.'
  const advice: Advised = (funding && adviceOn(funding, key)) ?? { action: 'doctor' }
  const { earliestAt } = advice
  return { ...actionFor(advice, record), reason, ...(earliestAt !== undefined && { earliestAt }) }
}

/** Why the wallet cannot pay, although credit was asked for. */
function creditMissing({ funding, payments }: RunRecord): string {
  const { wallet = null } = funding ?? {}
  if (wallet === null) return 'Venice could not be asked for the credit of the wallet.'
  const isPaid = payments.some(({ status }) => status === 'settled')
  const why = wallet.reason ?? 'The wallet cannot pay.'
  return isPaid && wallet.balanceUsd === 0 ? `${why} The USDC is paid. Run the same command to check again.` : why
}

type Advised = Pick<FundingAdvice, 'action' | 'limit' | 'earliestAt'>

/** What is to be done by what the advice says. */
export function actionFor({ action: advised, limit }: Advised, record: RunRecord): Action {
  switch (advised) {
    case 'options':
      return action('fund.options')
    case 'rotate': {
      const rotate = rotateAction(record)
      return limit === undefined ? rotate : { ...rotate, arguments: { ...rotate.arguments, limit } }
    }
    case 'doctor':
      return action('doctor')
    case 'again':
      // A run that has finished is only reported on, unless it is asked for more.
      return action('run', record.funding?.cause === 'not-proven' ? { prove: true } : { requireFunded: true })
  }
}

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

/** How a run ended, or where it stands. Scripts and agents rely on these fields. */
export interface RunResult {
  schemaVersion: number
  outcome: 'funded' | 'unfunded' | 'paused' | 'failed'
  /** Dotted path of the machine's state. */
  state: string
  runId: string
  address: string
  chainId: number
  /** The address that the wallet staked for, and that owns the key. Absent: the wallet itself. */
  mintAs?: string
  /** The run had ended before this call. */
  wasFinished: boolean
  /** The same command can finish the run, at once or after `nextAction`. */
  recoverable: boolean
  nextAction: NextAction | null
  /** What the wallet can do instead, if it lacks what this run needs. */
  alternative: NextAction | null
  failure: Reason | null
  /**
   * `isAsAsked` is false if the key is not of the requested type, else absent. `isStored` is false if its sink was read
   * and no longer holds it, else absent.
   */
  key: (Pick<KeyRef, 'id' | 'last6' | 'type' | 'sink' | 'expiresAt'> & { isAsAsked?: false; isStored?: false }) | null
  /** The credential that pays for calls; null before there is one. */
  credential: Credential | null
  transactions: readonly AttemptSummary[]
  /** USDC for credit of the wallet, oldest first. */
  payments: readonly PaymentSummary[]
  /** Decimal strings: base units of VVV, wei, dollars. A ceiling if a fee is not known yet. */
  spent: { vvv: string; feeWei: string; usd: string }
  /** Steps that were done already, and how that was known. */
  skipped: readonly Skipped[]
  funding: FundingView | null
  warnings: readonly Told[]
  /** Keys of this run that Venice may still accept although they were replaced or given up. */
  toRevoke: readonly Pick<KeyRef, 'id' | 'last6' | 'type' | 'label'>[]
  /** Mints that may have made a key which nobody has. Venice lists it under the label. */
  orphans: readonly Pick<MintIntent, 'label' | 'at' | 'status'>[]
}

/** wallet: it pays from its own credit for calls that it signs in to, and needs no key. */
export type Credential =
  | ({ kind: 'key' } & Pick<KeyRef, 'last6' | 'sink'>)
  | {
      kind: 'wallet'
      address: string
      /** Dollars. */
      creditUsd: number
      /** The least credit, in dollars, with which Venice accepts a call. */
      floorUsd: number
      canSpend: boolean
      /** The header that the wallet makes for each call. */
      header: 'SIGN-IN-WITH-X'
    }

/** Whether the key can spend; if not, what to do and where. */
export interface FundingView extends Funding {
  next: string | null
  links: readonly string[]
}

/**
 * The result of the run in `envelope`.
 *
 * @param wasFinished - the run had ended before this call. Default false.
 * @param held - what the sink of its key holds. Default: the sink was not read.
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

/** The error of a step may say that nothing was signed. That would be wrong if earlier transactions were signed. */
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

/** USDC that has moved or still may, plus the cost of calls. If the wallet paid, its calls are paid from that USDC. */
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

/** Decimals of the cost of a call. */
const COST_DECIMALS = 24

/** Repeats the same request, which continues the run. */
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

/** Venice shows a key once, so a lost key can only be replaced. */
function mintNext(record: RunRecord, held: 'nothing' | 'other'): NextAction {
  const rotate = rotateAction(record)
  const elsewhere: Action['arguments'] = held === 'other' ? { saveKey: 'env-file:FILE' } : {}
  return { ...rotate, arguments: { ...rotate.arguments, ...elsewhere }, reason: lostWarning(record, held) }
}

/** Revoking a replaced key, which others may know, comes before funding the new one. */
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

/** Why the wallet cannot pay, although credit was requested. */
function creditMissing({ funding, payments }: RunRecord): string {
  const { wallet = null } = funding ?? {}
  if (wallet === null) return 'Venice could not be asked for the credit of the wallet.'
  const isPaid = payments.some(({ status }) => status === 'settled')
  const why = wallet.reason ?? 'The wallet cannot pay.'
  return isPaid && wallet.balanceUsd === 0 ? `${why} The USDC is paid. Run the same command to check again.` : why
}

type Advised = Pick<FundingAdvice, 'action' | 'limit' | 'earliestAt'>

/** The next action for an advice. */
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
      // A finished run is only reported, unless more is requested.
      return action('run', record.funding?.cause === 'not-proven' ? { prove: true } : { requireFunded: true })
  }
}

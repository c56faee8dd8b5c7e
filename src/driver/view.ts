import type { OnboardingContext } from '../../machines/onboarding/context.ts'
import { type AttemptSummary, summaryOf } from '../domain/attempt.ts'
import type { Told } from '../domain/next-action.ts'
import { type PaymentSummary, paymentSummaryOf } from '../domain/payment.ts'

/** The run at one revision, as inspectors, journals and agents may see it. */
export interface RunView {
  state: string
  counters: OnboardingContext['counters']
  walletState: Omit<NonNullable<OnboardingContext['walletState']>, 'drafts'> | null
  transactions: readonly TransactionView[]
  payments: readonly PaymentView[]
  challenge: OnboardingContext['challenge']
  wakeAt: string | null
  mints: OnboardingContext['record']['mints']
  key: OnboardingContext['record']['key']
  funding: OnboardingContext['record']['funding']
  skipped: OnboardingContext['record']['skipped']
  warnings: readonly Told[]
}

/** A transaction, its amount, and when it was signed. */
interface TransactionView extends AttemptSummary {
  /** Base units of VVV. */
  amount: string
  /** ISO 8601. */
  signedAt: string
}

/** A payment of USDC, and when it was drawn up. */
interface PaymentView extends PaymentSummary {
  /** ISO 8601. */
  drawnUpAt: string
}

/** Dotted path of a state value: `{ stake: 'broadcast' }` is `stake.broadcast`. */
export function statePath(value: unknown): string {
  if (typeof value === 'string') return value
  const [entry] = Object.entries(value as Record<string, unknown>)
  return entry === undefined ? '' : `${entry[0]}.${statePath(entry[1])}`
}

/** What may be shown of a machine in state `value` with this context. */
export function viewOfContext(context: OnboardingContext, value: unknown): RunView {
  const { record, walletState } = context
  return {
    state: statePath(value),
    counters: context.counters,
    walletState: walletState && {
      readAt: walletState.readAt,
      blockNumber: walletState.blockNumber,
      account: walletState.account,
      ...(walletState.delegate !== undefined && { delegate: walletState.delegate }),
      ...(walletState.isSignatureTaken !== undefined && { isSignatureTaken: walletState.isSignatureTaken }),
      ...(walletState.operations !== undefined && { operations: walletState.operations }),
      ...(walletState.calls !== undefined && { calls: walletState.calls }),
      ...(walletState.mintAs !== undefined && { mintAs: walletState.mintAs }),
      eth: walletState.eth,
      vvv: walletState.vvv,
      sVvv: walletState.sVvv,
      allowance: walletState.allowance,
      implementation: walletState.implementation,
      feeCeiling: walletState.feeCeiling,
    },
    transactions: record.attempts.map((attempt) => ({
      ...summaryOf(attempt),
      amount: attempt.amount,
      signedAt: attempt.signedAt,
    })),
    payments: record.payments.map((payment) => ({
      ...paymentSummaryOf(payment),
      drawnUpAt: payment.drawnUpAt,
    })),
    challenge: context.challenge,
    wakeAt: context.wakeAt,
    mints: record.mints,
    key: record.key,
    funding: record.funding,
    skipped: record.skipped,
    warnings: record.warnings,
  }
}

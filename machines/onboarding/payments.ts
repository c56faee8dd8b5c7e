import { type WalletFunding, withoutKey } from '../../src/domain/funding.ts'
import type { Payment, WalletCredit } from '../../src/domain/payment.ts'
import type { Failure } from '../../src/errors/failure.ts'
import type { OnboardingContext, RunRecord } from './context.ts'
import type { EffectContract } from './effects.ts'
import { avoided, refusedOf } from './funding.ts'
import { isSpent } from './select.ts'

type Context = OnboardingContext

/** Milliseconds between polls for credit that is paid but not shown yet. */
const CREDIT_POLL_MS = 3_000

export const openPayment = ({ record }: Pick<Context, 'record'>): Payment | undefined =>
  record.payments.findLast(({ status }) => status === 'open')

/** The record with `payment`, which replaces the one with the same nonce. */
export function withPayment(record: RunRecord, payment: Payment): RunRecord {
  const others = record.payments.filter(({ nonce }) => nonce !== payment.nonce)
  return { ...record, payments: [...others, payment] }
}

/** Credit of the wallet is requested. */
export const wantsCredit = ({ request }: Context): boolean => request.fund?.way === 'x402'

/** A payment was settled, but its credit was not seen yet. It will show. */
const isCreditUnseen = ({ record }: Context): boolean =>
  record.payments.some(({ status, isCredited }) => status === 'settled' && isCredited !== true)

export const needsCreditProof = ({ mustProve, record }: Context): boolean =>
  mustProve && (record.funding?.wallet?.proof ?? null) === null

/**
 * Credit that was paid is checked or proven before more is bought. A call uses a little of it, which is no reason to
 * pay again.
 */
export const isCreditPaid = (context: Context): boolean =>
  isCreditUnseen(context) || (context.record.funding?.wallet?.canConsume === true && needsCreditProof(context))

export function withCredit(
  record: RunRecord,
  { credit, checkedAt }: EffectContract['checkCredit']['output'],
): RunRecord {
  const reason = credit.canConsume
    ? null
    : `Venice shows $${credit.balanceUsd} of credit for the wallet, which is too little.`
  const shown = withWallet(record, { ...credit, checkedAt, reason, proof: record.funding?.wallet?.proof ?? null })
  if (!credit.canConsume || credit.balanceUsd === 0) return shown
  return { ...shown, payments: record.payments.map(credited) }
}

export function withCreditProof(
  record: RunRecord,
  { proof, credit }: EffectContract['proveCredit']['output'],
): RunRecord {
  const before = record.funding?.wallet
  return before ? withWallet(record, { ...before, ...credit, canConsume: true, proof }) : record
}

const credited = (payment: Payment): Payment =>
  payment.status === 'settled' ? { ...payment, isCredited: true } : payment

/** The record after a payment by the wallet failed, or its outcome is unknown. */
export function withCreditRefused(record: RunRecord, failure: Failure): RunRecord {
  const { funding } = record
  if (!funding?.wallet) return record
  const { message, at } = failure
  const refused = { ...record, funding: { ...funding, ...refusedOf(funding, failure) } }
  return withWallet(refused, { ...funding.wallet, canConsume: false, checkedAt: at, reason: message })
}

const withWallet = (record: RunRecord, wallet: WalletFunding): RunRecord => ({
  ...record,
  funding: { ...(record.funding ?? withoutKey(wallet.checkedAt)), wallet },
})

/** Too many payments ran out of time, so no other is drawn up. */
export const notTaken = ({ record }: Context): Failure => ({
  code: 'x402/not-taken',
  recovery: 'stop',
  exit: 'transient',
  message: `Venice has taken none of ${record.payments.length} payments in its time, and no USDC has moved.`,
  hint: 'Run the same command again later.',
  facts: record.payments.map(({ nonce, status }) => `Payment ${nonce}: ${status}`),
  at: record.payments.at(-1)?.drawnUpAt ?? new Date(0).toISOString(),
  jitter: 0,
  retryAfterMs: null,
})

/** When to poll again for credit that is paid. */
export const creditPollAt = ({ record }: Context): string | null => {
  const checkedAt = record.funding?.wallet?.checkedAt
  return checkedAt === undefined ? null : new Date(Date.parse(checkedAt) + CREDIT_POLL_MS).toISOString()
}

export const mayPollForCredit = (context: Context): boolean =>
  isCreditUnseen(context) && !isSpent(context.counters, 'lagWaits')

export const offerRequest = ({ request, record }: Context): EffectContract['offerPayment']['input'] => {
  if (request.fund === undefined) throw new Error('No payment is offered that was not asked for.')
  return { address: request.address, fund: request.fund, payments: record.payments }
}

export const openPaymentRequest = (context: Context): EffectContract['postPayment']['input'] => {
  const payment = openPayment(context)
  if (payment === undefined) throw new Error('Nothing is paid before it is recorded.')
  return { payment, fund: context.request.fund, payments: context.record.payments }
}

export const creditProofRequest = ({ request, record, counters }: Context): EffectContract['proveCredit']['input'] => {
  const credit: WalletCredit | null = record.funding?.wallet ?? null
  if (credit === null) throw new Error('There is no credit that could be proven.')
  const { balanceUsd, canConsume } = credit
  return {
    address: request.address,
    privacy: request.key.modelPrivacy ?? 'ALL',
    credit: { balanceUsd, canConsume },
    calls: counters.proofs + 1,
    ...avoided(record),
  }
}

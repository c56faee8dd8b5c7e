import type { Address, Hex } from '../../domain/addresses.ts'
import { inDollars } from '../../domain/amounts.ts'
import type { FundingBalances } from '../../domain/funding.ts'
import { drawnUp, missingCredit, type PaymentTerms, strangeTerms, type WalletCredit } from '../../domain/payment.ts'
import { planOf } from '../../domain/plan.ts'
import { proofOf } from '../../domain/proof.ts'
import { paysAsWallet } from '../../domain/request.ts'
import { sha256 } from '../../domain/sha256.ts'
import { WITHOUT_TRANSACTIONS } from '../../domain/wallet-state.ts'
import { OnboardingError } from '../../errors/base.ts'
import { PaymentDeclinedError, PlanChangedError } from '../../errors/policy.ts'
import { InsufficientUsdcError } from '../../errors/wallet.ts'
import { PaymentExpiredError, PaymentNotSignableError, PaymentTermsRefusedError } from '../../errors/x402.ts'
import { requireDollars } from '../../gate/payments.ts'
import type { Effect, EffectDependencies, EffectSettings, Ports } from './io.ts'
import { createPaidCall, isAnswered } from './paid-call.ts'
import { isOver, isTooLate, overAtMs } from './payment-time.ts'
import { paymentsElsewhere } from './payments-elsewhere.ts'

/** Polls, a second apart, for a settlement that Venice reports, before the payment counts as not settled. */
const SETTLED_POLLS = 8
const SETTLED_POLL_MS = 1_000

/** Characters of six bits each: more than the 256 bits of a nonce. */
const NONCE_ENTROPY = 48

/** Draws up a payment for the missing part of the requested credit. Signs a sign-in message and nothing else. */
export function offerPayment({ ports, settings, gate }: EffectDependencies): Effect<'offerPayment'> {
  const { chain, venice, clock } = ports
  return async ({ address, fund, payments }, { signal, report }) => {
    report({ awaits: 'venice' })
    const asked = BigInt(fund.amount)
    const [terms, credit, { usdc }, elsewhere] = await Promise.all([
      venice.paymentTerms(signal),
      venice.walletCredit(address, signal),
      chain.holdings(address, signal),
      paymentsElsewhere(payments, { ports, settings }, signal),
    ])
    requireKnownTerms(terms, address)
    const { creditFloor: floor } = settings
    const value = missingCredit(asked, credit, {
      terms,
      payments,
      elsewhere,
      ...(floor !== undefined && { floor }),
    })
    if (value === 0n) return { payment: null }
    if (!gate.mayPay) throw new PaymentNotSignableError(address)
    const { budget } = settings
    requireDollars({ nonce: '0x', value: value.toString() }, { asked, budget, payments, elsewhere, nowMs: clock.now() })
    await requirePlannedPayment(settings)
    if (usdc < value) throw new InsufficientUsdcError({ address, has: usdc, needs: value })
    const nonce: Hex = `0x${await sha256(clock.id(NONCE_ENTROPY))}`
    const payment = drawnUp(terms, {
      from: address,
      value,
      toward: asked,
      nonce,
      nowMs: clock.now() + (terms.skewMs ?? 0),
    })
    if (settings.approvePayment !== undefined && !(await settings.approvePayment(payment, { signal })))
      throw new PaymentDeclinedError()
    return { payment }
  }
}

/**
 * If the wallet pays by itself, there are no transactions, so the plan digest is compared here.
 *
 * @throws {PlanChangedError}
 */
async function requirePlannedPayment({ request, planDigest }: EffectSettings): Promise<void> {
  if (planDigest === undefined || request === undefined || !paysAsWallet(request)) return
  const plan = await planOf(request, WITHOUT_TRANSACTIONS, [], { digest: planDigest })
  if (plan.digest !== planDigest) throw new PlanChangedError({ actual: plan.digest })
}

/**
 * Signs the recorded payment and posts it. Before that it reads Venice's 402 again, which must still name the recorded
 * recipient and no higher amount. A payment whose time is nearly over is not signed. Safe to repeat: USDC accepts the
 * nonce once.
 */
export function postPayment({ ports, settings, redactor, gate }: EffectDependencies): Effect<'postPayment'> {
  const { venice, clock } = ports
  return async ({ payment, fund, payments }, { report }) => {
    report({ awaits: 'venice' })
    const terms = await venice.paymentTerms()
    requireKnownTerms(terms, payment.from)
    if (terms.payTo.toLowerCase() !== payment.to.toLowerCase())
      throw new PaymentTermsRefusedError([`The recipient was ${payment.to}, and is ${terms.payTo} now.`])
    if (terms.amount > BigInt(payment.value))
      throw new PaymentTermsRefusedError([
        `At least ${inDollars(terms.amount)} is asked for now, more than was recorded.`,
      ])
    const serverMs = clock.now() + (terms.skewMs ?? 0)
    if (isTooLate(payment.validBefore, serverMs))
      throw new PaymentExpiredError(payment, { retryAfterMs: Math.max(0, overAtMs(payment.validBefore) - serverMs) })
    report({ awaits: 'rpc' })
    const elsewhere = await paymentsElsewhere(payments, { ports, settings })
    settings.ledger?.note(payment)
    report({ awaits: 'signer' })
    const signature = await gate.payment(payment, { fund, budget: settings.budget, payments, elsewhere })
    redactor.add(signature)
    report({ awaits: 'venice' })
    const { paymentId } = await venice.topUp(payment, signature)
    return { payment: { ...payment, paymentId } }
  }
}

/** Reads from the chain whether USDC has moved. Only the chain decides that. No side effects; safe to repeat. */
export function findPayment({ ports: { chain, venice, clock } }: EffectDependencies): Effect<'findPayment'> {
  return async ({ payment }, { signal, report }) => {
    const { from, nonce, validBefore } = payment
    const polls = payment.paymentId === null ? 1 : SETTLED_POLLS
    for (let poll = 1; ; poll += 1) {
      report({ awaits: 'rpc' })
      const { isUsed, blockSeconds } = await chain.authorization({ from, nonce }, signal)
      if (isUsed) return { payment: { ...payment, status: 'settled' } }
      const nowMs = await nowFor(validBefore, { blockSeconds, venice, clock, signal })
      if (isOver(validBefore, { blockSeconds, nowMs })) return { payment: { ...payment, status: 'void' } }
      if (poll >= polls) return { payment }
      await clock.sleepUntil(clock.now() + SETTLED_POLL_MS, signal)
    }
  }
}

/** Reads the credit of the wallet. Side effects: one signed sign-in message; safe to repeat. */
export function checkCredit({ ports: { venice, clock } }: EffectDependencies): Effect<'checkCredit'> {
  return async ({ address }, { signal, report }) => {
    report({ awaits: 'venice' })
    const credit = await venice.walletCredit(address, signal)
    return { credit, checkedAt: new Date(clock.now()).toISOString() }
  }
}

/** Makes the smallest paid call, with a sign-in of the wallet. Every repeat costs as much again. */
export function proveCredit({ ports: { venice, clock }, settings }: EffectDependencies): Effect<'proveCredit'> {
  const paidCall = createPaidCall(venice, settings)
  return async ({ address, privacy, credit, calls, avoid = [] }, { report }) => {
    report({ awaits: 'venice' })
    const { model, usage } = await paidCall({
      privacy,
      calls,
      avoid,
      call: (id) => venice.completeAsWallet(id),
      isCredentialTaken: () => isAnswered(venice.walletCredit(address)),
    })
    const at = new Date(clock.now()).toISOString()
    // The call is made and paid: that its cost cannot be read back undoes nothing.
    const after = await venice.walletCredit(address).catch((error: unknown) => {
      if (error instanceof OnboardingError) return null
      throw error
    })
    return { proof: proofOf({ model, usage, at }, balancesOf(credit), after && balancesOf(after)), credit: after }
  }
}

const balancesOf = ({ balanceUsd }: WalletCredit): FundingBalances => ({
  usd: balanceUsd,
  diem: null,
  bundledCredits: null,
})

/** @throws {PaymentTermsRefusedError} */
function requireKnownTerms(terms: PaymentTerms, payer: Address): void {
  const strange = strangeTerms(terms, payer)
  if (strange.length > 0) throw new PaymentTermsRefusedError(strange)
}

/** Our time. If the chain says that the payment is over and our clock does not, it is corrected by Venice's clock. */
async function nowFor(
  validBefore: number,
  {
    blockSeconds,
    venice,
    clock,
    signal,
  }: { blockSeconds: number; signal: AbortSignal } & Pick<Ports, 'venice' | 'clock'>,
): Promise<number> {
  const nowMs = clock.now()
  if (blockSeconds < validBefore || isOver(validBefore, { blockSeconds, nowMs })) return nowMs
  const terms = await venice.paymentTerms(signal).catch((error: unknown) => {
    if (error instanceof OnboardingError) return null
    throw error
  })
  return nowMs + (terms?.skewMs ?? 0)
}

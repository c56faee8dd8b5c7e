import type { FaultEffect } from '../../src/sandbox/faults.ts'
import { asksFor, BALANCE, TOP_UP, WITH_USDC } from '../support/payments.ts'
import { COMPLETIONS } from './payment-rows.ts'
import type { Row } from './rows.ts'
import { json } from './venice-rows.ts'

/** The first try, and `LIMITS.retries` more. */
const RETRIED = 13
/** One request for the terms for the offer, and one for every post. */
const ASKED = 1

const FUND = { way: 'x402', amount: '5000000' } as const
const asked: Pick<Row, 'funds' | 'flags'> = { funds: WITH_USDC, flags: () => ({ fund: FUND, prove: true }) }

/** A code in `error`, the format of this route, with the request quoted. */
const refusal = (status: number, error: string): FaultEffect => json(status, { error, message: 'No (@@QUOTED@@).' })

/**
 * Affects the first `times` posts of a payment, and none of the requests for the terms before them: a fault that
 * applies does not count for those after it, so each skips only the requests for the terms.
 */
const posts = (effect: FaultEffect, times: number): Pick<Row, 'on' | 'arrange'> => ({
  on: TOP_UP,
  arrange({ fault }) {
    for (let post = 1; post <= times; post += 1) fault(TOP_UP, effect, { skip: ASKED + post })
  },
})

/** It is posted unchanged several times, and then no longer in this run. */
const retried = (code: string, when: string, effect: FaultEffect): Row[] => [
  {
    code,
    when: `${when} to every payment`,
    ...asked,
    ...posts(effect, RETRIED),
    lasts: { exit: 75, tries: ASKED + 2 * RETRIED, transactions: 2, keys: 1 },
  },
  {
    code,
    when: `${when} to a payment`,
    ...asked,
    ...posts(effect, 1),
    passes: { back: 'topUp.wait', outcome: 'funded', tries: ASKED + 4 },
  },
]

const settled = { success: true, data: { walletAddress: '0x', amountCredited: 5, newBalance: 5, paymentId: 'x402-0' } }

/** Every way for a payment, or for the wallet's sign-in, to go wrong. */
export const X402_ROWS: readonly Row[] = [
  ...retried('x402/payment-in-progress', '409', refusal(409, 'PAYMENT_IN_PROGRESS')),
  ...retried('x402/outcome-unknown', '504', refusal(504, 'SETTLEMENT_TIMEOUT')),
  ...retried('x402/outcome-unknown', 'a lost request', { kind: 'dropBefore' }),
  ...retried('x402/settlement-failed', '402', refusal(402, 'SETTLEMENT_FAILED')),
  ...retried('x402/not-configured', '503', refusal(503, 'X402_NOT_CONFIGURED')),
  {
    code: 'x402/not-taken',
    when: '200 to every payment, and USDC never moves',
    ...asked,
    ...posts(json(200, settled), RETRIED),
    lasts: { exit: 75, tries: ASKED + 2 * RETRIED, transactions: 2, keys: 1 },
  },
  {
    code: 'x402/payment-refused',
    when: '400 to a payment',
    ...asked,
    ...posts(refusal(400, 'PAYMENT_VERIFICATION_FAILED'), 1),
    lasts: { exit: 6, tries: ASKED + 2, transactions: 2, keys: 1 },
  },
  {
    code: 'x402/not-configured',
    when: '503 to the request for the terms',
    ...asked,
    on: TOP_UP,
    effect: refusal(503, 'X402_NOT_CONFIGURED'),
    lasts: { exit: 75, tries: RETRIED, transactions: 2, keys: 1 },
    passes: { back: 'topUp.wait', outcome: 'funded', tries: ASKED + 3 },
  },
  {
    code: 'x402/terms-refused',
    when: '402 that asks to be paid on another chain',
    ...asked,
    on: TOP_UP,
    effect: asksFor({ network: 'eip155:1' }),
    lasts: { exit: 5, tries: 1, transactions: 2, keys: 1 },
  },
  {
    code: 'x402/terms-refused',
    when: '402 without a payment option',
    ...asked,
    on: TOP_UP,
    effect: json(402, { x402Version: 2, accepts: [] }),
    lasts: { exit: 5, tries: 1, transactions: 2, keys: 1 },
  },
  {
    code: 'wallet/insufficient-usdc',
    when: 'less USDC than is to be paid',
    ...asked,
    funds: { ...WITH_USDC, usdc: 4_999_999n },
    lasts: { exit: 4, transactions: 2, keys: 1 },
  },
  {
    code: 'venice/sign-in-refused',
    when: '401 to the read of the credit',
    ...asked,
    on: BALANCE,
    effect: json(401, { error: 'Invalid Sign-in-with-x signature (@@QUOTED@@)' }),
    lasts: { exit: 6, tries: 1, keys: 1 },
  },
  {
    code: 'venice/sign-in-clock',
    when: '401 to the read of the credit, for its time',
    ...asked,
    on: BALANCE,
    effect: json(401, { error: 'No (@@QUOTED@@)', code: 'X402_SIGN_IN_EXPIRED' }),
    lasts: { exit: 78, tries: 1, keys: 1 },
  },
  {
    code: 'venice/sign-in-used',
    when: '401 to the read of the credit, for its nonce',
    ...asked,
    on: BALANCE,
    effect: json(401, { error: 'No (@@QUOTED@@)', code: 'X402_SIGN_IN_NONCE_REUSED' }),
    lasts: { exit: 75, tries: RETRIED, keys: 1 },
    passes: { back: 'topUp.wait', outcome: 'funded' },
  },
  {
    code: 'venice/sign-in-refused',
    when: '401 to the paid call of the wallet, whose credit stays',
    ...asked,
    on: COMPLETIONS,
    effect: json(401, { error: 'No (@@QUOTED@@)', code: 'X402_SIGN_IN_INVALID_SIGNATURE' }),
    lasts: { exit: 0, code: null, tries: 1, keys: 1, state: 'unfunded' },
  },
]

import type { FundingCause } from '../../src/domain/funding.ts'
import type { Credit } from '../../src/sandbox/venice/accounts.ts'
import { RATE_LIMITS } from '../support/sandbox.ts'
import type { Row } from './rows.ts'
import { json, LOW_CREDIT, standard, X402 } from './venice-rows.ts'

export const COMPLETIONS = 'POST /chat/completions'

/** Venice admits every key, as it does for a moment after the funds are spent. */
const ADMITTED = json(200, {
  data: {
    accessPermitted: true,
    apiTier: { id: 'paid', isCharged: true },
    balances: { USD: 5, DIEM: 1 },
    keyExpiration: null,
    nextEpochBegins: '2099-01-01T00:00:00.000Z',
  },
})

interface Held {
  credit?: Credit
  limit?: { usd?: number; diem?: number }
}

/** The account's holdings, and what the key may spend of them. */
const held = ({ credit, limit }: Held): Pick<Row, 'arrange' | 'flags'> => ({
  arrange({ sandbox, journey }) {
    if (credit !== undefined) sandbox.venice.credit(journey.address, credit)
  },
  flags: () => ({ prove: true, requireFunded: true, ...(limit && { limit }) }),
})

/** The paid call is refused with a specific body: exit 4, nothing is lost, and the key is stored. */
const refused = (code: string, cause: FundingCause, when: string, rest: Held & { effect?: Row['effect'] }): Row => ({
  code,
  when,
  ...held(rest),
  on: RATE_LIMITS,
  effect: ADMITTED,
  lasts: { exit: 4, code: null, keys: 1, state: 'unfunded', cause },
})

const spoilt = (
  code: string,
  cause: FundingCause,
  when: string,
  effect: NonNullable<Row['effect']>,
  tries = 1,
): Row => ({
  code,
  when: `${when} to ${COMPLETIONS}`,
  ...held({ credit: { usd: 5 } }),
  on: COMPLETIONS,
  effect,
  lasts: { exit: 4, code: null, tries, keys: 1, state: 'unfunded', cause },
})

/** Each way to refuse payment: with the sandbox's own state when possible, else with Venice's words. */
export const PAYMENT_ROWS: readonly Row[] = [
  refused('venice/balance-insufficient', 'no-balance', 'the account is empty by the time of the call', {}),
  refused('venice/key-usd-limit-reached', 'key-limit-zero', 'the account has dollars, and the key a limit of $0', {
    credit: { usd: 5 },
    limit: { usd: 0 },
  }),
  refused('venice/key-diem-limit-reached', 'key-limit-zero', 'the account has DIEM, and the key a limit of 0 DIEM', {
    credit: { diem: 1 },
    limit: { diem: 0 },
  }),
  spoilt('venice/balance-insufficient', 'no-balance', '402 by its code', json(402, { code: 'INSUFFICIENT_BALANCE' })),
  spoilt('venice/key-usd-limit-reached', 'key-limit-used', '402', standard(402, 'API key USD spend limit exceeded.')),
  spoilt('venice/key-diem-limit-reached', 'key-limit-used', '402', standard(402, 'API key DIEM spend limit exceeded.')),
  spoilt('venice/wallet-credit-too-low', 'wallet-credit', '402', json(402, LOW_CREDIT)),
  spoilt('venice/no-credential', 'no-credential', '402', json(402, X402)),
  // The sandbox has three text models, and each is asked.
  spoilt('venice/not-found', 'not-proven', '404', standard(404, 'Specified model not found'), 3),
  {
    code: 'venice/connection-lost',
    when: `a paid call whose answer is lost to ${COMPLETIONS}`,
    ...held({ credit: { usd: 5 } }),
    on: COMPLETIONS,
    effect: { kind: 'dropAfter' },
    lasts: { exit: 4, code: null, tries: 4, keys: 1, state: 'unfunded', cause: 'not-proven' },
  },
]

/** A key that never made a call: the cause follows from `rate_limits`, the request and the chain. */
const found = (cause: FundingCause, when: string, given: Held): Row => ({
  code: `funding/${cause}`,
  when,
  on: RATE_LIMITS,
  ...held(given),
  lasts: { exit: 4, code: null, tries: 1, keys: 1, state: 'unfunded', cause },
})

export const CAUSE_ROWS: readonly Row[] = [
  found('no-balance', 'no balance', {}),
  found('no-balance', 'a key limit and no balance', { limit: { usd: 5 } }),
  found('usd-too-small', 'five cents', { credit: { usd: 0.05 } }),
  found('usd-too-small', 'five cents of bundled credits', { credit: { bundled: 0.05 } }),
  found('diem-too-small', '0.05 DIEM', { credit: { diem: 0.05 } }),
  found('key-limit-zero', 'a dollar limit of 0 over five dollars', { credit: { usd: 5 }, limit: { usd: 0 } }),
  {
    ...found('key-refused', '401', {}),
    effect: standard(401, 'Authentication failed'),
    // As many times as it counts as young.
    lasts: { exit: 4, code: null, keys: 1, state: 'unfunded', cause: 'key-refused' },
  },
  {
    ...found('not-admitted', 'five dollars, and no admission', {}),
    effect: json(200, {
      data: {
        accessPermitted: false,
        apiTier: { id: 'paid' },
        balances: { USD: 5 },
        keyExpiration: null,
        nextEpochBegins: '2099-01-01T00:00:00.000Z',
      },
    }),
  },
  {
    ...found('key-expired', 'expired', {}),
    effect: json(200, {
      data: {
        accessPermitted: false,
        apiTier: { id: 'paid' },
        balances: {},
        keyExpiration: '2020-01-01T00:00:00.000Z',
        nextEpochBegins: '2099-01-01T00:00:00.000Z',
      },
    }),
  },
]

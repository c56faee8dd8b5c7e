import { z } from 'zod'
import { ADDRESS_PATTERN, ADDRESSES, type Address, BASE_CHAIN_ID, type Hex } from '../../domain/addresses.ts'
import { type Payment, type PaymentTerms, USDC_DOMAIN, type WalletCredit } from '../../domain/payment.ts'
import { excerpt } from '../../domain/redact.ts'
import { UnexpectedShapeError, VeniceError } from '../../errors/venice/all.ts'
import { PaymentOutcomeUnknownError, PaymentTermsRefusedError } from '../../errors/x402.ts'
import { decimal } from './answer.ts'
import { parseJson } from './error-body.ts'
import type { HttpReply } from './http.ts'

/** Public without a payment; with one, it settles the payment. */
export const TOP_UP_PATH = '/x402/top-up'
export const balancePath = (address: Address): string => `/x402/balance/${address}`

/** Names of x402 v2. Venice also accepts a payment in `X-402-Payment` and `X-PAYMENT`. */
const PAYMENT_HEADER = 'PAYMENT-SIGNATURE'
const TERMS_HEADER = 'PAYMENT-REQUIRED'

const BASE_NETWORK = `eip155:${BASE_CHAIN_ID}`

/** At most so many entries of `accepts` are read. */
const MAX_ENTRIES = 50

/** The zero address, and contracts that never get a payment for Venice: money sent there is lost. */
const NO_PAYEES = new Set(
  ['0x0000000000000000000000000000000000000000', ...Object.values(ADDRESSES)].map((each) => each.toLowerCase()),
)

const digits = z.string().regex(/^\d{1,30}$/)
const word = z.string().min(1).max(200)

/** Loose: other fields of an entry go back to the server with the payment, as x402 v2 requires. */
const Entry = z.looseObject({
  scheme: z.literal('exact'),
  network: word,
  asset: word,
  payTo: word,
  amount: digits,
  maxTimeoutSeconds: z.number().int().positive(),
  extra: z.looseObject({ name: word.optional(), version: word.optional() }).nullish(),
})
export type Entry = z.infer<typeof Entry>

const Terms = z.object({ x402Version: z.literal(2), accepts: z.array(z.unknown()) })

export const BalanceAnswer = z.object({
  data: z.object({ balanceUsd: decimal.refine((usd) => usd >= 0), canConsume: z.boolean() }),
})
export const creditIn = ({ data }: z.infer<typeof BalanceAnswer>): WalletCredit => ({
  balanceUsd: data.balanceUsd,
  canConsume: data.canConsume,
})

export const TopUpAnswer = z.object({
  success: z.literal(true),
  data: z.object({ paymentId: z.string().transform((id) => excerpt(id, 100)) }),
})

/**
 * What a 402 demands on Base: from its body, else from its header. If it demands nothing on Base, the first other
 * entry, so that a person learns what it is.
 *
 * @returns the terms, and their entry, unchanged.
 * @throws {UnexpectedShapeError} it is not a 402 of x402 v2. {PaymentTermsRefusedError} it names no payment of this
 * kind.
 */
export function readTerms({ request, status, text, headers }: HttpReply): { terms: PaymentTerms; entry: Entry } {
  const found = [parseJson(text), parseJson(fromBase64(headers.get(TERMS_HEADER) ?? ''))]
    .map((body) => Terms.safeParse(body).data)
    .filter((body) => body !== undefined)
  if (found.length === 0) throw new UnexpectedShapeError({ request, status, reason: 'it names no terms of x402 v2' })
  const entries = found.flatMap(({ accepts }) =>
    accepts.slice(0, MAX_ENTRIES).flatMap((each) => Entry.safeParse(each).data ?? []),
  )
  const entry = best(entries)
  if (entry === undefined) throw new PaymentTermsRefusedError(['It names no payment of the scheme "exact".'])
  return { entry, terms: termsOf(entry) }
}

/**
 * The cheapest entry that can be paid; the first if two cost the same. If none can be paid, the closest one, so that a
 * person learns what was demanded.
 */
const best = (entries: readonly Entry[]): Entry | undefined =>
  entries.reduce<Entry | undefined>((chosen, each) => {
    if (chosen === undefined || fitness(each) > fitness(chosen)) return each
    return fitness(each) === fitness(chosen) && BigInt(each.amount) < BigInt(chosen.amount) ? each : chosen
  }, undefined)

/** How many parts of `entry` this program can pay: the network, the asset, its name, the recipient. */
function fitness({ network, asset, payTo, extra }: Entry): number {
  if (networkOf(network) !== BASE_NETWORK) return 0
  if (asset.toLowerCase() !== ADDRESSES.usdc.toLowerCase()) return 1
  const isNamed = (extra?.name ?? USDC_DOMAIN.name) === USDC_DOMAIN.name
  if (!isNamed || (extra?.version ?? USDC_DOMAIN.version) !== USDC_DOMAIN.version) return 2
  return ADDRESS_PATTERN.test(payTo) && !NO_PAYEES.has(payTo.toLowerCase()) ? 4 : 3
}

const networkOf = (network: string): string => (network === 'base' ? BASE_NETWORK : network)

function termsOf({ network, asset, payTo, amount, maxTimeoutSeconds, extra }: Entry): PaymentTerms {
  const shown = { network: excerpt(networkOf(network), 80), asset: excerpt(asset, 80) }
  if (!ADDRESS_PATTERN.test(payTo)) {
    const who = `The recipient is ${excerpt(payTo, 80)}, which is no address on Base.`
    throw new PaymentTermsRefusedError([`The network is ${shown.network}.`, who])
  }
  if (NO_PAYEES.has(payTo.toLowerCase())) {
    throw new PaymentTermsRefusedError([`The recipient is ${payTo}, a contract of Base or nobody, and not Venice.`])
  }
  return {
    ...shown,
    payTo: payTo as Address,
    amount: BigInt(amount),
    maxTimeoutSeconds,
    name: extra?.name === undefined ? null : excerpt(extra.name, 80),
    version: extra?.version === undefined ? null : excerpt(extra.version, 80),
  }
}

/**
 * The headers that carry a signed payment. Made by hand: `@x402/evm` 2.27 makes a new nonce for every payment. So a
 * payment could not be recorded before it is signed, nor the same one signed again after a lost answer. With
 * `@x402/core` it also brings 7 MB and a second major version of zod for this one object.
 *
 * @param entry - of the last 402; its other fields are sent back.
 */
export function paymentHeaders(payment: Payment, signature: Hex, entry: Entry | null): Record<string, string> {
  const { asset, chainId, from, to, value, validAfter, validBefore, nonce, drawnUpAt } = payment
  const payload = {
    x402Version: 2,
    // The amount is the paid one, so that it equals the authorisation if a server compares them.
    accepted: {
      scheme: 'exact',
      network: `eip155:${chainId}`,
      asset,
      payTo: to,
      maxTimeoutSeconds: validBefore - Math.floor(Date.parse(drawnUpAt) / 1_000),
      extra: USDC_DOMAIN,
      ...entry,
      amount: value,
    },
    payload: {
      signature,
      authorization: { from, to, value, validAfter: String(validAfter), validBefore: String(validBefore), nonce },
    },
  }
  return { [PAYMENT_HEADER]: toBase64(JSON.stringify(payload)) }
}

/** `error` itself if it proves that this post settled nothing; else "outcome unknown". */
export function topUpError(error: unknown): unknown {
  const known = error instanceof VeniceError ? error : undefined
  if (known?.mayBeDone === false) return known
  const why = error instanceof Error ? error.message : 'it was interrupted'
  const facts = [`Why: ${why}`, ...(known?.facts ?? [])]
  return new PaymentOutcomeUnknownError({ cause: error, facts, retryAfterMs: known?.retryAfterMs })
}

const toBase64 = (text: string): string => Buffer.from(text, 'utf8').toString('base64')
const fromBase64 = (text: string): string => Buffer.from(text, 'base64').toString('utf8')

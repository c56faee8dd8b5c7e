import { ADDRESSES, type Address, BASE_CHAIN_ID, type Hex, isSameAddress } from './addresses.ts'
import { max, sum, USDC_DECIMALS } from './amounts.ts'
import { unitsOf } from './decimal.ts'

/**
 * open: recorded, and perhaps posted; USDC accepts its nonce at most once. settled: USDC has moved. void: it can never
 * be settled, because its time is over.
 */
export type PaymentStatus = 'open' | 'settled' | 'void'

/**
 * One EIP-3009 authorisation of USDC for Venice, recorded before it is signed. Its signature is not recorded: signing
 * the same fields again authorises the same single transfer.
 *
 * @see https://eips.ethereum.org/EIPS/eip-3009
 */
export interface Payment {
  asset: Address
  chainId: number
  from: Address
  /** The recipient that Venice's 402 named when the payment was drawn up. */
  to: Address
  /** Base units of USDC, 6 decimals; decimal string. */
  value: string
  /** The requested credit, which this payment completes; unit as `value`. */
  toward: string
  /** Seconds since the epoch. The authorisation is valid strictly between the two. */
  validAfter: number
  validBefore: number
  /** 32 random bytes. USDC refuses a second transfer of this wallet with it. */
  nonce: Hex
  status: PaymentStatus
  /** ISO 8601. */
  drawnUpAt: string
  /** Venice's name for it; null while none is known. */
  paymentId: string | null
  /** Venice showed credit after it was settled. Absent: not yet. */
  isCredited?: true
}

/** The wallet's own credit at Venice. It pays for calls that the wallet signs in to. */
export interface WalletCredit {
  /** As Venice writes it. Calculate only in base units: see `unitsOf`. */
  balanceUsd: number
  /** Venice accepts a call that the wallet signs in to. */
  canConsume: boolean
}

/**
 * The least credit, in dollars, with which Venice accepts a call. @see
 * https://docs.venice.ai/guides/integrations/x402-venice-api (2026-08)
 */
export const LEAST_CREDIT_USD = 0.1

/** What may be shown of a payment. */
export type PaymentSummary = Pick<Payment, 'to' | 'value' | 'nonce' | 'status' | 'paymentId'>

export const paymentSummaryOf = ({ to, value, nonce, status, paymentId }: Payment): PaymentSummary => ({
  to,
  value,
  nonce,
  status,
  paymentId,
})

/** What Venice's 402 demands on Base: the entry of `accepts` that this program can pay, unchanged. */
export interface PaymentTerms {
  /** CAIP-2, e.g. `eip155:8453`. */
  network: string
  asset: string
  payTo: Address
  /** Base units of USDC: the least amount that is accepted. */
  amount: bigint
  maxTimeoutSeconds: number
  /** Milliseconds that the server's clock is ahead of ours, within the bounds that we trust. Absent: unknown. */
  skewMs?: number
  /** EIP-712 domain of the asset, as the server names it. */
  name: string | null
  version: string | null
}

/** USDC on Base, as its contract names itself in EIP-712. @see https://docs.x402.org (checked 2026-11-22) */
export const USDC_DOMAIN = { name: 'USD Coin', version: '2' } as const

/** The longest validity of an authorisation in seconds, even if the server allows more. Venice names 300. */
export const LONGEST_LIFE_S = 600
/**
 * Validity starts this many seconds before it is drawn up, in case the chain's clock is behind ours. x402's own clients
 * do the same.
 */
const BACKDATED_S = 600

/** The terms that this program does not accept for `payer`, a sentence each. */
export function strangeTerms({ network, asset, name, version, payTo }: PaymentTerms, payer: Address): string[] {
  const strange: string[] = []
  if (isSameAddress(payTo, payer)) strange.push('The recipient is the wallet itself.')
  if (network !== `eip155:${BASE_CHAIN_ID}`) strange.push(`The network is ${network}, not Base.`)
  if (asset.toLowerCase() !== ADDRESSES.usdc.toLowerCase()) strange.push(`The asset is ${asset}, not USDC on Base.`)
  if ((name ?? USDC_DOMAIN.name) !== USDC_DOMAIN.name || (version ?? USDC_DOMAIN.version) !== USDC_DOMAIN.version)
    strange.push(`The asset is called ${name} ${version}, not ${USDC_DOMAIN.name} ${USDC_DOMAIN.version}.`)
  return strange
}

/**
 * The payment after which the wallet has `asked` of credit: the missing amount, at least Venice's minimum; 0 if none is
 * due. Credit that was bought before is topped up only after it ran out, because each call uses a little of it.
 *
 * @param asked - base units of USDC.
 * @param floor - base units of USDC: credit below it counts as run out. Default: the least credit with which Venice
 * accepts a call.
 * @param elsewhere - payments of other records. One that may still be settled brings its credit, so the run waits for
 * it.
 */
export function missingCredit(
  asked: bigint,
  { balanceUsd, canConsume }: WalletCredit,
  {
    terms,
    payments,
    floor,
    elsewhere = [],
  }: {
    terms: Pick<PaymentTerms, 'amount'>
    payments: readonly Payment[]
    floor?: bigint
    elsewhere?: readonly Payment[]
  },
): bigint {
  const last = payments.findLast(({ status }) => status === 'settled')
  const coming = sum(elsewhere.filter(({ status }) => status === 'open').map(({ value }) => BigInt(value)))
  const credit = unitsOf(balanceUsd, USDC_DECIMALS) + coming
  const missing = asked - credit
  const isEnough = floor === undefined ? canConsume && last?.toward === asked.toString() : credit >= floor
  if (missing <= 0n || isEnough) return 0n
  return max(missing, terms.amount)
}

/** An unsigned payment on `terms`. @param nonce - 32 random bytes. @param nowMs - by the server's clock. */
export const drawnUp = (
  terms: PaymentTerms,
  { from, value, toward, nonce, nowMs }: { from: Address; value: bigint; toward: bigint; nonce: Hex; nowMs: number },
): Payment => ({
  asset: ADDRESSES.usdc,
  chainId: BASE_CHAIN_ID,
  from,
  to: terms.payTo,
  value: value.toString(),
  toward: toward.toString(),
  validAfter: Math.floor(nowMs / 1000) - BACKDATED_S,
  validBefore: Math.floor(nowMs / 1000) + Math.min(terms.maxTimeoutSeconds, LONGEST_LIFE_S),
  nonce,
  status: 'open',
  drawnUpAt: new Date(nowMs).toISOString(),
  paymentId: null,
})

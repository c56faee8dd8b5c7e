import { ADDRESSES, type Address, BASE_CHAIN_ID, type Hex, isSameAddress } from './addresses.ts'
import { max, sum, USDC_DECIMALS } from './amounts.ts'
import { unitsOf } from './decimal.ts'

/**
 * open: recorded, and perhaps posted; USDC takes its nonce at most once. settled: USDC has taken it. void: it can never be
 * settled any more, because its time is over.
 */
export type PaymentStatus = 'open' | 'settled' | 'void'

/**
 * One EIP-3009 authorisation of USDC for Venice, recorded before it is signed. Its signature is not recorded: the same
 * fields signed again authorise the same one transfer.
 *
 * @see https://eips.ethereum.org/EIPS/eip-3009
 */
export interface Payment {
  asset: Address
  chainId: number
  from: Address
  /** Venice's receiver, as its 402 named it when the payment was drawn up. */
  to: Address
  /** Base units of USDC, 6 decimals; decimal string. */
  value: string
  /** The credit that was asked for, and that this payment completes; as `value`. */
  toward: string
  /** Seconds since the epoch; the authorisation holds strictly between the two. */
  validAfter: number
  validBefore: number
  /** 32 random bytes. USDC refuses a second transfer of this wallet under it. */
  nonce: Hex
  status: PaymentStatus
  /** ISO 8601. */
  drawnUpAt: string
  /** Venice's name for it; null while none is known. */
  paymentId: string | null
  /** Venice has shown credit since it was settled. Absent: not yet. */
  isCredited?: true
}

/** The wallet's own credit at Venice, which pays for calls that the wallet signs in for. */
export interface WalletCredit {
  /** As Venice writes it. Counted with in base units only: see `unitsOf`. */
  balanceUsd: number
  /** Venice admits a call that the wallet signs in for. */
  canConsume: boolean
}

/** Least dollars of credit for which Venice admits a call. @see https://docs.venice.ai/guides/integrations/x402-venice-api (2026-08) */
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

/** What Venice's 402 asks for on Base: the entry of `accepts` that this program can pay, as it came. */
export interface PaymentTerms {
  /** CAIP-2, e.g. `eip155:8453`. */
  network: string
  asset: string
  payTo: Address
  /** Base units of USDC: the least that is taken. */
  amount: bigint
  maxTimeoutSeconds: number
  /** Milliseconds that the server's clock is ahead of ours, as far as it is believed. Absent: not known. */
  skewMs?: number
  /** EIP-712 domain of the asset, as the server names it. */
  name: string | null
  version: string | null
}

/** USDC on Base, as its contract names itself in EIP-712. @see https://docs.x402.org (checked 2026-11-22) */
export const USDC_DOMAIN = { name: 'USD Coin', version: '2' } as const

/** Seconds that an authorisation may live, whatever the server allows. Venice names 300. */
export const LONGEST_LIFE_S = 600
/** Seconds that it is valid before it is drawn up, for a chain whose clock is behind ours; as x402's own clients do. */
const BACKDATED_S = 600

/** What in `terms` is not what this program pays for `payer`, a sentence each. */
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
 * What is to be paid so that the wallet has `asked` of credit: what is missing, or the least that Venice takes. 0: nothing.
 * Credit that was paid for before, and has not run out, is not filled up: a call costs a little of it.
 *
 * @param asked - base units of USDC.
 * @param floor - likewise: credit under it has run out, and is filled up again. Default: what Venice admits no call under.
 * @param elsewhere - payments of other records; what may still be settled of them brings its credit, and is waited for.
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

/** A payment on `terms`, not signed yet. @param nonce - 32 random bytes. @param nowMs - by the server's clock. */
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

import { parseAmount, USDC_DECIMALS } from './amounts.ts'

/**
 * How a run is to make it possible to pay. Amounts are base units as decimal strings, and name what the wallet shall
 * have, as `--stake` does: what is missing is added, nothing when it is there.
 */
export type FundRequest =
  | {
      way: 'diem'
      /** DIEM that shall be staked; 18 decimals. It pays for what the key does. */
      amount: string
    }
  | {
      way: 'x402'
      /** Dollars of credit the wallet shall have at Venice; 6 decimals. The wallet spends it, the key cannot. */
      amount: string
    }

/** @param amount - decimal. @returns null for what is no amount, and for 0. */
export function fundRequest(way: FundRequest['way'], amount: string): FundRequest | null {
  const units = way === 'x402' ? parseAmount(amount, USDC_DECIMALS) : parseAmount(amount)
  return units === null || units === 0n ? null : { way, amount: units.toString() }
}

/** `none`, `x402:5` (dollars of credit) or `diem:0.1` (DIEM to be staked); null for anything else. */
export function parseFund(text: string): FundRequest | 'none' | null {
  if (text === 'none') return text
  const { way, amount = '' } = /^(?<way>x402|diem):(?<amount>.+)$/.exec(text)?.groups ?? {}
  return way === 'x402' || way === 'diem' ? fundRequest(way, amount) : null
}

/** Credit of the wallet, in dollars. */
export type CreditFund = Extract<FundRequest, { way: 'x402' }>

/** As `parseFund`, where nothing but credit of the wallet is bought. */
export function parseCreditFund(text: string): CreditFund | 'none' | null {
  const fund = parseFund(text)
  return fund === 'none' || fund?.way === 'x402' ? fund : null
}

/** As `parseFund`, or `{ x402: '5' }` or `{ diem: '0.1' }`: of two ways, it would be the program that chose. */
export function readFund(option: unknown): FundRequest | 'none' | null {
  if (typeof option === 'string') return parseFund(option)
  if (typeof option !== 'object' || option === null) return null
  const [[way, amount] = [], ...others] = Object.entries(option)
  if ((way !== 'x402' && way !== 'diem') || typeof amount !== 'string' || others.length > 0) return null
  return fundRequest(way, amount)
}

/** What the wallet has towards the DIEM that is asked for. Base units as decimal strings, all of one block. */
export interface DiemState {
  asked: string
  staked: string
  /** Held and not staked. */
  liquid: string
  /** sVVV that is not locked for DIEM yet. */
  unlockedSVvv: string
  /** sVVV to be locked for the DIEM that is missing, the margin for a moving price included; `0` when none is. */
  lock: string
}

/**
 * Percent of sVVV locked above the least, because others may mint between the quote and the block. Within a step of the
 * curve the price stands still, and a step up is some 7 % at today's supply, which no small margin covers: the lock reverts
 * then, and is quoted again.
 */
export const LOCK_MARGIN_PERCENT = 2n

import { parseAmount, USDC_DECIMALS } from './amounts.ts'

/**
 * How a run funds the key or the wallet. An amount (base units, decimal string) is what the wallet is to have in the
 * end, as with `--stake`: only what is missing is added.
 */
export type FundRequest =
  | {
      way: 'diem'
      /** DIEM that is to be staked; 18 decimals. It pays for the key's calls. */
      amount: string
    }
  | {
      way: 'x402'
      /** Dollars of credit that the wallet is to have at Venice; 6 decimals. The wallet spends it, the key cannot. */
      amount: string
    }

/** @param amount - decimal. @returns null for 0, and for a text that is not an amount. */
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

/** As `parseFund`, but only for credit of the wallet. */
export function parseCreditFund(text: string): CreditFund | 'none' | null {
  const fund = parseFund(text)
  return fund === 'none' || fund?.way === 'x402' ? fund : null
}

/**
 * As `parseFund`, or `{ x402: '5' }` or `{ diem: '0.1' }`. Two methods at once are refused, as the user must choose.
 */
export function readFund(option: unknown): FundRequest | 'none' | null {
  if (typeof option === 'string') return parseFund(option)
  if (typeof option !== 'object' || option === null) return null
  const [[way, amount] = [], ...others] = Object.entries(option)
  if ((way !== 'x402' && way !== 'diem') || typeof amount !== 'string' || others.length > 0) return null
  return fundRequest(way, amount)
}

/** What the wallet has of what the requested DIEM needs. Base units as decimal strings, all of one block. */
export interface DiemState {
  asked: string
  staked: string
  /** Held but not staked. */
  liquid: string
  /** sVVV that is not locked for DIEM yet. */
  unlockedSVvv: string
  /** sVVV to lock for the missing DIEM, with a margin for a moving price; `0` when none is missing. */
  lock: string
}

/**
 * Percent of sVVV locked above the least, because others may mint between the quote and the block. Within a step of the
 * curve the price does not move. A step is about 7 % at today's supply, more than a small margin covers: the lock then
 * reverts and is quoted again.
 */
export const LOCK_MARGIN_PERCENT = 2n

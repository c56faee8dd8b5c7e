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

/** What the wallet has towards the DIEM that is asked for. Base units as decimal strings, all of one block. */
export interface DiemPosition {
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
 * then, and is quoted anew.
 */
export const LOCK_MARGIN_PERCENT = 2n

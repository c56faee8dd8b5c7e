import { type Attempt, maxCost } from './attempt.ts'

/** Caps for the whole run. A missing one does not limit. */
export interface Budget {
  /** Base units of VVV. */
  maxVvv?: bigint
  /** Wei, L1 data fees included. */
  maxFeeWei?: bigint
}

export interface Spending {
  vvv: bigint
  feeWei: bigint
}

/** What the recorded attempts have spent or may still spend: the real fee where it is known, else the ceiling. */
export function committed(attempts: readonly Attempt[]): Spending {
  const counted = attempts.filter(({ status }) => status !== 'superseded')
  return {
    vvv: sum(
      counted
        .filter(({ purpose, status }) => purpose === 'stake' && status !== 'reverted')
        .map(({ amount }) => BigInt(amount)),
    ),
    feeWei: sum(counted.map((attempt) => (attempt.feeWei === null ? maxCost(attempt) : BigInt(attempt.feeWei)))),
  }
}

const sum = (values: readonly bigint[]): bigint => values.reduce((total, value) => total + value, 0n)

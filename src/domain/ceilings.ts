import { sum } from './amounts.ts'
import { type Attempt, maxCost } from './attempt.ts'

/**
 * The most that a yes allows, as decimal strings of base units. The estimates of a plan change every second. Its
 * ceilings are rounded up to fixed steps, so that the plan digest can include them and another process can find them
 * from it.
 */
export interface Ceilings {
  /** Wei for all fees of the run, L1 data fees and replacements included. */
  feeWei: string
  /** sVVV that may be locked for the requested DIEM; `0` if none is requested. */
  lock: string
}

/** Room above the estimate: fees may rise between the plan and the last signature, and a stuck transaction is replaced. */
const FEE_ROOM = 5n
/**
 * Tenths of the quote of a lock (11 is 10 % more): others may mint in between, and a step of the curve is about 7 %.
 */
const LOCK_ROOM_TENTHS = 11n

/** Three steps a decade, as the E3 series has them, in tenths. @see https://en.wikipedia.org/wiki/E_series_of_preferred_numbers */
const FEE_STEPS = [10n, 22n, 47n]
/** Twelve steps a decade: E12, in tenths. */
const LOCK_STEPS = [10n, 12n, 15n, 18n, 22n, 27n, 33n, 39n, 47n, 56n, 68n, 82n]

const ladder = (steps: readonly bigint[], { from, decades }: { from: bigint; decades: number }): readonly bigint[] =>
  Array.from({ length: decades }, (_, decade) =>
    steps.map((step) => (from * 10n ** BigInt(decade) * step) / 10n),
  ).flat()

/** Wei: from 10^11, a thousandth of what two transactions cost in a quiet hour, to 2.2 ETH. */
export const FEE_CEILINGS: readonly bigint[] = [0n, ...ladder(FEE_STEPS, { from: 10n ** 11n, decades: 8 })]
/** Base units of sVVV: from a thousandth to eight million. */
export const LOCK_CEILINGS: readonly bigint[] = [0n, ...ladder(LOCK_STEPS, { from: 10n ** 15n, decades: 10 })]

const stepAbove = (steps: readonly bigint[], least: bigint): bigint => steps.find((step) => step >= least) ?? least

/** The default ceilings of a plan that may cost `feeWei` and lock `lock`. */
export const ceilingsFor = ({ feeWei, lock }: { feeWei: bigint; lock: bigint }): Ceilings => ({
  feeWei: stepAbove(FEE_CEILINGS, feeWei * FEE_ROOM).toString(),
  lock: stepAbove(LOCK_CEILINGS, (lock * LOCK_ROOM_TENTHS) / 10n).toString(),
})

/**
 * The fee ceiling that fits the signed transactions, when the plan is not known: from the first bytes of each nonce.
 */
export function feeCeilingOf(attempts: readonly Attempt[]): bigint {
  const first = new Map<number, bigint>()
  for (const attempt of attempts) if (!first.has(attempt.nonce)) first.set(attempt.nonce, maxCost(attempt))
  return stepAbove(FEE_CEILINGS, sum([...first.values()]) * FEE_ROOM)
}

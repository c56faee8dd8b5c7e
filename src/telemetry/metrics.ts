import type { Step } from './steps.ts'

/** What is counted; the labels of each are in `measure`. */
export const COUNTERS = {
  transitions: { unit: '{transition}', description: 'Steps of the machine, by the state they led to.' },
  failures: { unit: '{failure}', description: 'Effects that failed, by effect and code.' },
  retries: { unit: '{retry}', description: 'Failures that the run went on from by itself, by effect.' },
  transactions: { unit: '{transaction}', description: 'Transactions by purpose, and what became of them.' },
  payments: { unit: '{payment}', description: 'Payments of USDC to Venice, by what became of them.' },
} as const
export type CounterName = keyof typeof COUNTERS

export const EFFECT_DURATION = {
  description: 'How long effects took, in seconds, from record to record.',
  /** Seconds: a disk, a round trip, blocks of 0.2 to 12 s, Venice's lag, a wait for money. */
  buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 3600],
}

export type Labels = Readonly<Record<string, string>>

/** Where measurements go. */
export interface Instruments {
  count(name: CounterName, labels: Labels): void
  /** Of an effect, in seconds. */
  took(seconds: number, labels: Labels): void
}

/** Machines that fail end here. */
const FAILED = 'failed'

/** Tells `instruments` of one step. Labels are names of this program's own, so that there are few of them. */
export function measure({ to, effect, transactions, payments }: Step, { count, took }: Instruments): void {
  count('transitions', { state: to })
  for (const { purpose, status } of transactions) count('transactions', { purpose, status })
  for (const { status } of payments) count('payments', { status })
  if (effect === null) return
  const { effect: name, startedAt, endedAt, failure } = effect
  const seconds = Math.max(0, Date.parse(endedAt) - Date.parse(startedAt)) / 1000
  took(seconds, { effect: name, outcome: failure === null ? 'done' : 'error' })
  if (failure === null) return
  count('failures', { effect: name, code: failure })
  if (to !== FAILED) count('retries', { effect: name })
}

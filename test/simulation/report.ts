import { FAULT_KINDS, type FaultKind } from './chaos.ts'
import type { Shrunk } from './shrink.ts'
import type { Simulated } from './simulate.ts'

/** The results of many simulations. */
export interface Tally {
  runs: number
  lives: number
  crashes: number
  pauses: number
  keys: number
  raises: number
  fills: number
  outcomes: Map<string, number>
  faults: Map<FaultKind, number>
}

export const createTally = (): Tally => ({
  runs: 0,
  lives: 0,
  crashes: 0,
  pauses: 0,
  keys: 0,
  raises: 0,
  fills: 0,
  outcomes: new Map(),
  faults: new Map(),
})

export function count(tally: Tally, simulated: Simulated): void {
  const { outcome, faults, lives, crashes, pauses, keys, raises, fills } = simulated
  tally.runs += 1
  tally.lives += lives
  tally.crashes += crashes
  tally.pauses += pauses
  tally.keys += keys
  tally.raises += raises
  tally.fills += fills
  tally.outcomes.set(outcome, (tally.outcomes.get(outcome) ?? 0) + 1)
  for (const [kind, times] of faults) tally.faults.set(kind, (tally.faults.get(kind) ?? 0) + times)
}

/** A table of outcomes and one of faults, as text; a kind of fault that never happened shows as 0. */
export function tallyText({ runs, lives, crashes, pauses, keys, raises, fills, outcomes, faults }: Tally): string {
  const row = ([name, times]: readonly [string, number]) => `  ${String(times).padStart(8)}  ${name}`
  const byCount = [...outcomes].sort(([, a], [, b]) => b - a)
  return [
    `${runs} runs in ${lives} processes: ${crashes} died, ${pauses} were paused; ${keys} keys were made.`,
    `${raises} transactions were signed again for more, ${fills} gaps in the nonces were filled.`,
    'Ends:',
    ...byCount.map(row),
    'Faults:',
    ...FAULT_KINDS.map((kind) => row([kind, faults.get(kind) ?? 0])),
  ].join('\n')
}

/** The violation, its history, and how to reproduce it. */
export function failureText({ options: { seed, without, maxCrashes }, simulated }: Shrunk): string {
  const flags = [
    `--seed ${seed} --runs 1`,
    ...(without.length > 0 ? [`--without ${without.join(',')}`] : []),
    ...(maxCrashes === undefined ? [] : [`--crashes ${maxCrashes}`]),
  ]
  const scenario = JSON.stringify(simulated.scenario, (_, value) => (typeof value === 'bigint' ? `${value}` : value))
  return [
    `Seed ${seed}: ${simulated.violation}`,
    ...simulated.history.map((line) => `  ${line}`),
    `World: ${scenario}`,
    `Again: npm run simulate -- ${flags.join(' ')}`,
  ].join('\n')
}

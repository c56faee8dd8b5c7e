import type { Drawn } from '../telemetry/trace.ts'
import type { Name } from './contestants.ts'
import type { FleetFigures } from './fleet.ts'
import type { Overhead } from './overhead.ts'
import type { Race } from './race.ts'
import { median } from './statistics.ts'

/** What `npm run bench --json` writes. */
export interface Measured {
  /** Date of the measurement, and what was known of its circumstances. */
  at: string
  machine: { cpus: number; model: string; node: string; load: number }
  rounds: number
  races: readonly Race[]
  overhead: Overhead | null
  /** Ratios to `node -e 0`. */
  firstRequest: readonly number[]
  /** With instant effects. Absent from measurements before 2026-12. */
  fleets?: readonly FleetFigures[]
  waterfall: readonly Drawn[]
}

interface Goal {
  cell: string
  goal: number
  unit: string
  /** More is better. Default false. */
  isLeast?: boolean
  /** One value a round. */
  values: readonly number[]
}

/** The goals, with what was measured of each. One without a value was left out of the measurement. */
function goalsOf({ races, overhead, firstRequest, fleets = [] }: Measured): Goal[] {
  const lapsOf = (name: string): Race['laps'] => races.find((race) => race.conditions.name === name)?.laps ?? []
  const each = (
    condition: string,
    contestant: Name,
    value: (seconds: number, other: (name: Name) => number) => number,
  ) => {
    const laps = lapsOf(condition)
    return laps
      .filter(({ name }) => name === contestant)
      .map(({ seconds, round }) =>
        value(seconds, (name) => laps.find((lap) => lap.name === name && lap.round === round)?.seconds ?? Number.NaN),
      )
  }
  const beyondFloor = (seconds: number, other: (name: Name) => number) => seconds - other('floor')
  const toViem = (seconds: number, other: (name: Name) => number) => seconds / other('viem')
  const counted = (what: 'http' | 'calls') =>
    lapsOf('0.2s').flatMap((lap) => (lap.name === 'command' ? [lap[what]] : []))
  const own = (values: readonly number[] | undefined) => values ?? []
  return [
    {
      cell: 'Blocks of 200 ms, round trips of 50 ms: beyond the floor',
      goal: 0.35,
      unit: ' s',
      values: each('0.2s', 'command', beyondFloor),
    },
    { cell: 'the same, the library alone', goal: 0.15, unit: ' s', values: each('0.2s', 'library', beyondFloor) },
    { cell: 'the same, against the viem script', goal: 0.45, unit: ' ×', values: each('0.2s', 'command', toViem) },
    {
      cell: 'Blocks of 2 s, round trips of 50 ms: beyond the floor',
      goal: 0.25,
      unit: ' s',
      values: each('2s', 'command', beyondFloor),
    },
    {
      cell: 'Mined at once, the library alone: against the viem script',
      goal: 1,
      unit: ' ×',
      values: each('instant', 'library', toViem),
    },
    { cell: '`run` until its first request, against `node -e 0`', goal: 2.5, unit: ' ×', values: firstRequest },
    { cell: '`--help`, against `node -e 0`', goal: 1.6, unit: ' ×', values: own(overhead?.helpToNode) },
    { cell: '`status`, against `node -e 0`', goal: 2, unit: ' ×', values: own(overhead?.statusToNode) },
    { cell: 'HTTP requests to the RPC, of a run at 200 ms', goal: 7, unit: '', values: counted('http') },
    { cell: 'RPC calls in them', goal: 22, unit: '', values: counted('calls') },
    ...[1_000, 10_000].map((size) => ({
      cell: `Fleet of ${size.toLocaleString('en')} with instant effects, engine included`,
      goal: 150,
      unit: ' wallets/s',
      isLeast: true,
      values: fleets.flatMap(({ wallets, seconds }) => (wallets === size ? [Math.round(wallets / seconds)] : [])),
    })),
    {
      cell: '10,000 idle runs, each',
      goal: 12,
      unit: ' kB',
      values: overhead === null ? [] : [overhead.bytesPerIdleRun / 1_000],
    },
  ]
}

/** Other programs had the processors as well: counts and sizes are right, times and their ratios are not. */
export const isBusy = ({ cpus, load }: Measured['machine']): boolean => load > cpus + 1

/** Cells of a table: what, goal, median, spread, verdict. */
export const goalRows = (measured: Measured): string[][] =>
  goalsOf(measured).map(({ cell, goal, unit, isLeast = false, values }) => {
    const show = (value: number) => `${Number(value.toFixed(2))}${unit}`
    if (values.length === 0) return [cell, show(goal), 'not measured', '', '']
    const middle = median(values)
    const spread = `${show(Math.min(...values))} to ${show(Math.max(...values))}`
    const isTime = unit === ' s' || unit === ' ×' || unit === ' wallets/s'
    const isMet = isLeast ? middle >= goal : middle <= goal
    const verdict = isMet ? 'met' : isTime && isBusy(measured.machine) ? 'machine was busy' : 'missed'
    return [cell, show(goal), show(middle), spread, verdict]
  })

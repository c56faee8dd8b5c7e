import type { SketchedMachine } from '../layout/sketch.ts'
import { ON_DEMAND, type Status } from './headline.ts'
import type { Step } from './step.ts'

/** A stage in a list: how the run stands with it, and how long it was in it. */
export interface StageRow {
  path: string
  standing: 'active' | 'stopped' | 'been' | 'skipped' | 'untouched'
  /** Milliseconds, all its visits together; null for one that was never entered, and for an end. */
  ms: number | null
  visits: number
  /** State within the stage, while the run is there. */
  inner: string
}

interface Moment {
  steps: readonly Step[]
  index: number
  /** Until when the stage that the run is in has lasted, in milliseconds since the epoch. */
  nowMs: number
  machine: Pick<SketchedMachine, 'states'>
  status: Status
  stoppedIn: readonly string[]
}

const stageOf = (path: string | undefined): string => path?.split('.')[0] ?? ''

/** The stages in the machine's order, those on demand only once they are entered, then the end that was reached. */
export function stageRows({ steps, index, nowMs, machine, status, stoppedIn }: Moment): StageRow[] {
  const [spent, visits] = [new Map<string, number>(), new Map<string, number>()]
  for (let at = 0; at <= index; at += 1) {
    const step = steps[at]
    if (step === undefined) continue
    const stage = stageOf(step.to[0])
    const next = at < index ? steps[at + 1] : undefined
    const endMs = next === undefined ? nowMs : Date.parse(next.at)
    spent.set(stage, (spent.get(stage) ?? 0) + Math.max(0, endMs - Date.parse(step.at)))
    if (at === 0 || stageOf(steps[at - 1]?.to[0]) !== stage) visits.set(stage, (visits.get(stage) ?? 0) + 1)
  }
  const current = steps[index]
  const stage = stageOf(current?.to[0])
  const skipped = new Set(current?.view.skipped.map((skip) => skip.stage) ?? [])
  const standingOf = (path: string): StageRow['standing'] => {
    if (path === stage && current !== undefined) return status === 'failed' ? 'stopped' : 'active'
    if (stoppedIn.some((at) => stageOf(at) === path)) return 'stopped'
    if (visits.has(path)) return 'been'
    return skipped.has(path) ? 'skipped' : 'untouched'
  }
  return machine.states
    .filter(({ parent, isFinal, path }) => parent === null && (!isFinal || path === stage))
    .filter(({ path }) => !Object.hasOwn(ON_DEMAND, path) || visits.has(path))
    .map(({ path, isFinal }) => ({
      path,
      standing: standingOf(path),
      ms: isFinal ? null : (spent.get(path) ?? null),
      visits: visits.get(path) ?? 0,
      inner: path === stage ? (current?.to[0]?.split('.').slice(1).join(' › ') ?? '') : '',
    }))
}

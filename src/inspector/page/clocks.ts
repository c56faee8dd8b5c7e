import type { SketchedMachine } from '../layout/sketch.ts'
import type { Step } from '../model/step.ts'
import { el, setAttributes, setText } from './dom.ts'
import { countdown, timeOfDay } from './time.ts'

/** What the clocks are read from. */
export interface ClockState {
  step: Step | null
  /** Milliseconds, by the server's clock. */
  nowMs: number
  /** The step is the latest one, and time passes: no report, and a process may still continue the run. */
  isRunning: boolean
  machine: Pick<SketchedMachine, 'states'>
}

/** Reads until when something is waited for, as ISO 8601; null for nothing. */
type Read = (step: Step, state: ClockState) => string | null

/** A shorter wait is over before anybody has read it. */
const LEAST_MS = 1_000

const awaitsOf = (step: Step, { machine }: ClockState): string =>
  machine.states.find(({ path }) => path === step.to[0])?.awaits ?? ''

const isOver = (step: Step, { machine }: ClockState): boolean =>
  machine.states.some(({ path, isFinal }) => isFinal && step.to.includes(path))

const CLOCKS: readonly (readonly [label: string, read: Read])[] = [
  ['Next try', (step, state) => (['clock', 'funds'].includes(awaitsOf(step, state)) ? step.view.wakeAt : null)],
  [
    'Challenge expires',
    (step, state) => (isOver(step, state) || step.view.key !== null ? null : (step.view.challenge?.expiresAt ?? null)),
  ],
  [
    'Next epoch',
    ({ view: { funding } }) => (funding === null || funding.spendable === true ? null : funding.nextEpochAt),
  ],
]

const lasts = (step: Step, until: string): boolean => Date.parse(until) - Date.parse(step.at) >= LEAST_MS

/** Countdowns of what is waited for; of nothing else. Their place is kept, so that nothing moves when one comes. */
export function createClocks(): { element: HTMLElement; show(state: ClockState): void } {
  const tiles = CLOCKS.map(([label, read]) => {
    const value = el('span', { class: 'value' })
    return {
      tile: el('div', { class: 'tile', hidden: true }, el('span', { class: 'label' }, label), value),
      value,
      read,
    }
  })
  return {
    element: el('section', { class: 'clocks', 'aria-label': 'Countdowns' }, ...tiles.map(({ tile }) => tile)),
    show(state) {
      for (const { tile, value, read } of tiles) {
        const until = state.step === null || !state.isRunning ? null : read(state.step, state)
        const left = until === null ? 0 : Date.parse(until) - state.nowMs
        const isCounted = until !== null && state.step !== null && left > 0 && lasts(state.step, until)
        setAttributes(tile, { hidden: !isCounted, title: isCounted ? `at ${timeOfDay(until)}` : undefined })
        if (isCounted) setText(value, countdown(left))
      }
    },
  }
}

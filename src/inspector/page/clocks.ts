import type { SketchedMachine } from '../layout/sketch.ts'
import type { Now, Step } from '../model/step.ts'
import { el, setAttributes, setText } from './dom.ts'
import { countdown, nextEpoch, timeOfDay } from './time.ts'

interface Clock {
  /** ISO 8601, or null when nothing is waited for. */
  until: string | null
  note: string
}

/** What the clocks are read from. */
export interface ClockState {
  step: Step | null
  now: Now
  /** Milliseconds, by the server's clock; in time travel the time of the step. */
  nowMs: number
  isLatest: boolean
  machine: Pick<SketchedMachine, 'states'>
}

type Read = (state: ClockState) => Clock

const NOTHING: Clock = { until: null, note: '' }

const awaitsOf = ({ step, machine }: ClockState): string | null =>
  machine.states.find(({ path }) => path === step?.to[0])?.awaits ?? null

const isOver = ({ step, machine }: ClockState): boolean =>
  step === null || machine.states.some(({ path, isFinal }) => isFinal && step.to.includes(path))

const CLOCKS: readonly (readonly [label: string, read: Read])[] = [
  [
    'Challenge expires',
    (state) => {
      const challenge = isOver(state) || state.step?.view.key != null ? null : state.step?.view.challenge
      return challenge == null
        ? { ...NOTHING, note: 'none held' }
        : { until: challenge.expiresAt, note: 'challenge expired' }
    },
  ],
  [
    'Next try',
    (state) => {
      const isWaiting = ['clock', 'funds'].includes(awaitsOf(state) ?? '')
      return { until: isWaiting ? (state.step?.view.wakeAt ?? null) : null, note: isWaiting ? 'now' : 'no wait' }
    },
  ],
  [
    'Next block',
    (state) => {
      const { awaiting } = state.now
      if (!state.isLatest || awaiting?.awaits !== 'block') return { ...NOTHING, note: 'not awaited' }
      return { until: awaiting.until, note: awaiting.block === null ? 'awaited' : `after ${awaiting.block}` }
    },
  ],
  ['Next epoch', (state) => ({ until: state.step?.view.funding?.nextEpochAt ?? nextEpoch(state.nowMs), note: 'now' })],
]

/** Four countdowns in places of their own: one that is not running leaves its place empty. */
export function createClocks(): { element: HTMLElement; show(state: ClockState): void } {
  const tiles = CLOCKS.map(([label, read]) => {
    const [value, note] = [el('div', { class: 'value' }), el('div', { class: 'note' })]
    const tile = el('div', { class: 'tile' }, el('div', { class: 'label' }, label), value, note)
    return { tile, value, note, read }
  })
  return {
    element: el('section', { class: 'clocks', 'aria-label': 'Countdowns' }, ...tiles.map(({ tile }) => tile)),
    show(state) {
      for (const { tile, value, note, read } of tiles) {
        const clock = read(state)
        const left = clock.until === null ? null : Date.parse(clock.until) - state.nowMs
        const isRunning = left !== null && left > 0
        setText(value, isRunning ? countdown(left) : '–')
        setText(note, isRunning && clock.until !== null ? `at ${timeOfDay(clock.until)}` : clock.note)
        setAttributes(tile, { class: isRunning ? 'tile on' : 'tile' })
      }
    },
  }
}

import { isFailure } from '../model/deeds.ts'
import type { Step } from '../model/step.ts'
import { el, setAttributes, setText, svg } from './dom.ts'
import { dateAndTime } from './time.ts'

export interface Scrubber {
  readonly element: HTMLElement
  show(steps: readonly Step[], index: number, isLive: boolean): void
}

interface Actions {
  go(index: number): void
  by(count: number): void
  latest(): void
}

/** Moves through the steps of a run. The slider is a native one: arrow keys, Home and End work, and screen readers know it. */
export function createScrubber({ go, by, latest }: Actions): Scrubber {
  const button = (label: string, text: string, work: () => void) => {
    const made = el('button', { type: 'button', class: 'step', 'aria-label': label, title: label }, text)
    made.addEventListener('click', work)
    return made
  }
  const slider = el('input', { type: 'range', min: 0, max: 0, step: 1, 'aria-label': 'Step of the run' })
  slider.addEventListener('input', () => go(Number(slider.value)))
  const [troubles, risks] = [svg('path', { class: 'trouble' }), svg('path', { class: 'stage' })]
  const marks = svg(
    'svg',
    { class: 'marks', viewBox: '0 0 1000 10', preserveAspectRatio: 'none', 'aria-hidden': 'true' },
    risks,
    troubles,
  )
  const where = el('span', { class: 'where' })
  const when = el('time', { class: 'when' })
  const live = button('Show the latest step', '', latest)
  live.className = 'live'
  const element = el(
    'section',
    { class: 'scrubber', 'aria-label': 'Time travel' },
    el(
      'div',
      { class: 'buttons' },
      button('One step back', '‹', () => by(-1)),
      button('One step on', '›', () => by(1)),
    ),
    el('div', { class: 'track' }, marks, slider),
    el('div', { class: 'moment' }, where, when),
    live,
  )
  let marked = -1
  return {
    element,
    show(steps, index, isLive) {
      const last = Math.max(0, steps.length - 1)
      setAttributes(slider, { max: last })
      slider.disabled = steps.length === 0
      slider.value = String(Math.max(0, index))
      const step = steps[index]
      setAttributes(slider, {
        'aria-valuetext':
          step === undefined ? 'no step yet' : `step ${index + 1} of ${steps.length}, ${step.to.join(', ')}`,
      })
      setText(where, step === undefined ? 'No step yet' : `Step ${index + 1} of ${steps.length}`)
      setText(when, step === undefined ? '' : dateAndTime(step.at))
      setText(live, isLive ? 'Latest' : 'Go to latest')
      setAttributes(live, { 'aria-pressed': String(isLive) })
      if (marked === steps.length) return
      marked = steps.length
      setAttributes(risks, { d: marksFor(steps, (at) => stageOf(steps[at]) !== stageOf(steps[at - 1])) })
      setAttributes(troubles, {
        d: marksFor(steps, (at) => steps[at + 1] !== undefined && isFailure(steps[at + 1] as Step)),
      })
    },
  }
}

const stageOf = (step: Step | undefined): string => step?.to[0]?.split('.')[0] ?? ''

/** More marks than these would be one bar. */
const MAX_MARKS = 400

function marksFor(steps: readonly Step[], fits: (index: number) => boolean): string {
  const last = Math.max(1, steps.length - 1)
  const slots = new Set<number>()
  steps.forEach((_, index) => {
    if (fits(index)) slots.add(Math.round((index / last) * MAX_MARKS))
  })
  return [...slots].map((slot) => `M${(slot / MAX_MARKS) * 1000} 0v10`).join('')
}

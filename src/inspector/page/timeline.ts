import { deedOf } from '../model/deeds.ts'
import type { Step } from '../model/step.ts'
import { el, once, setAttributes, setText } from './dom.ts'
import { timeOfDay } from './time.ts'

const ROW = 46
const OVERSCAN = 6

export interface Timeline {
  readonly element: HTMLElement
  show(steps: readonly Step[], index: number): void
}

interface Row {
  element: HTMLElement
  sign: HTMLElement
  title: HTMLElement
  time: HTMLElement
  detail: HTMLElement
}

/**
 * The steps as a list. Only the rows in sight exist, however long the run is. Tab leads to the current one, the arrow keys to
 * the others in order.
 */
export function createTimeline(onPick: (index: number) => void): Timeline {
  const rows: Row[] = []
  const space = el('div', { class: 'space' })
  const element = el('div', { class: 'timeline', tabindex: -1, role: 'listbox', 'aria-label': 'Steps' }, space)
  let steps: readonly Step[] = []
  let current = -1

  const makeRow = (): Row => {
    const [sign, title, time, detail] = ['sign', 'title', 'time', 'detail'].map((name) =>
      el('span', { class: name }),
    ) as [HTMLElement, HTMLElement, HTMLElement, HTMLElement]
    const row = el('button', { type: 'button', class: 'row', role: 'option', tabindex: -1 }, sign, title, time, detail)
    row.addEventListener('click', () => onPick(Number(row.dataset.index)))
    space.append(row)
    return { element: row, sign, title, time, detail }
  }
  const draw = () => {
    const first = Math.max(0, Math.floor(element.scrollTop / ROW) - OVERSCAN)
    const count = Math.min(steps.length - first, Math.ceil(element.clientHeight / ROW) + 2 * OVERSCAN)
    while (rows.length < count) rows.push(makeRow())
    rows.forEach((row, at) => {
      const step = at < count ? steps[first + at] : undefined
      row.element.hidden = step === undefined
      if (step === undefined) return
      const { sign, title, detail, isTrouble } = deedOf(step, steps[first + at + 1] ?? null)
      const isCurrent = first + at === current
      row.element.dataset.index = String(first + at)
      row.element.style.transform = `translateY(${(first + at) * ROW}px)`
      setAttributes(row.element, {
        class: `row${isTrouble ? ' trouble' : ''}${first + at > current ? ' later' : ''}`,
        'aria-current': isCurrent ? 'step' : undefined,
        'aria-selected': String(isCurrent),
        'aria-posinset': first + at + 1,
        'aria-setsize': steps.length,
        tabindex: isCurrent ? 0 : -1,
      })
      setText(row.sign, sign)
      setText(row.title, title)
      setText(row.time, timeOfDay(step.at))
      setText(row.detail, detail)
    })
  }
  /** Keeps the focus on the current step when a key has moved from one to another. */
  const keepFocus = () => {
    if (!element.contains(document.activeElement)) return
    rows
      .find(({ element: row }) => !row.hidden && row.dataset.index === String(current))
      ?.element.focus({
        preventScroll: true,
      })
  }
  element.addEventListener('keydown', (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return
    const page = Math.max(1, Math.floor(element.clientHeight / ROW) - 1)
    const moves: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page }
    const by = Object.hasOwn(moves, event.key) ? moves[event.key] : undefined
    if (by === undefined) return
    event.preventDefault()
    onPick(current + by)
  })
  element.addEventListener('scroll', once(draw))
  new ResizeObserver(draw).observe(element)
  return {
    element,
    show(given, index) {
      steps = given
      space.style.height = `${steps.length * ROW}px`
      const hasMoved = index !== current
      if (hasMoved) {
        current = index
        const [top, bottom] = [index * ROW, (index + 1) * ROW]
        if (top < element.scrollTop) element.scrollTop = top
        if (bottom > element.scrollTop + element.clientHeight) element.scrollTop = bottom - element.clientHeight
      }
      draw()
      if (hasMoved) keepFocus()
    },
  }
}

import type { Step } from '../model/step.ts'
import { inWords } from '../model/words.ts'
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

/** The steps as a list. Only the rows in sight exist, however long the run is. */
export function createTimeline(onPick: (index: number) => void): Timeline {
  const rows: Row[] = []
  const space = el('div', { class: 'space' })
  const element = el('div', { class: 'timeline', tabindex: -1, role: 'list', 'aria-label': 'Steps' }, space)
  let steps: readonly Step[] = []
  let current = -1

  const makeRow = (): Row => {
    const [sign, title, time, detail] = ['sign', 'title', 'time', 'detail'].map((name) =>
      el('span', { class: name }),
    ) as [HTMLElement, HTMLElement, HTMLElement, HTMLElement]
    const row = el(
      'button',
      { type: 'button', class: 'row', role: 'listitem', tabindex: -1 },
      sign,
      title,
      time,
      detail,
    )
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
      const { sign, title, detail } = rowWords(step)
      row.element.dataset.index = String(first + at)
      row.element.style.transform = `translateY(${(first + at) * ROW}px)`
      setAttributes(row.element, {
        class: `row${sign === '!' ? ' trouble' : ''}${first + at > current ? ' later' : ''}`,
        'aria-current': first + at === current ? 'step' : undefined,
      })
      setText(row.sign, sign)
      setText(row.title, title)
      setText(row.time, timeOfDay(step.at))
      setText(row.detail, detail)
    })
  }
  element.addEventListener('scroll', once(draw))
  new ResizeObserver(draw).observe(element)
  return {
    element,
    show(given, index) {
      steps = given
      space.style.height = `${steps.length * ROW}px`
      if (index !== current) {
        current = index
        const [top, bottom] = [index * ROW, (index + 1) * ROW]
        if (top < element.scrollTop) element.scrollTop = top
        if (bottom > element.scrollTop + element.clientHeight) element.scrollTop = bottom - element.clientHeight
      }
      draw()
    },
  }
}

function rowWords({ kind, to, cause, failure, pass, from, view }: Step): {
  sign: string
  title: string
  detail: string
} {
  const title = to.map((path) => path.replaceAll('.', ' › ')).join(' + ')
  if (kind === 'resumed') return { sign: '↻', title, detail: 'another process goes on' }
  if (from.length === 0) return { sign: '▸', title, detail: pass > 1 ? `pass ${pass} begins` : 'the run begins' }
  if (failure !== null && !cause.includes('sleepUntil')) return { sign: '!', title, detail: failure.code }
  const isOver = view.funding !== null && to.every((path) => !path.includes('.'))
  return { sign: isOver ? '✓' : '→', title, detail: causeWords(cause) }
}

/** `xstate.done.actor.mintKey` is `mint key done`. */
function causeWords(cause: string): string {
  const [, outcome, actor] = /^xstate\.(done|error)\.(?:actor|state)\.(.+)$/.exec(cause) ?? []
  if (outcome === undefined || actor === undefined) return cause === 'record' ? 'read from the record' : cause
  return `${inWords(actor.split('.').at(-1) ?? '').toLowerCase()} ${outcome === 'done' ? 'done' : 'failed'}`
}

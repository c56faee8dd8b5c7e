import { formatDuration } from '../../domain/duration.ts'
import type { StageRow } from '../model/stages.ts'
import { el, setAttributes, setText } from './dom.ts'

const SIGNS: Readonly<Record<StageRow['standing'], string>> = {
  active: '●',
  stopped: '✕',
  been: '✓',
  skipped: '↷',
  untouched: '○',
}

/** The stages as a list, which takes the chart's place where there is no room for one. */
export function createStages(): { element: HTMLElement; show(rows: readonly StageRow[]): void } {
  const list = el('ol', { class: 'stages' })
  const element = el('section', { class: 'card stage-list', 'aria-labelledby': 'stages-title' })
  element.append(el('h2', { id: 'stages-title' }, 'Stages'), list)
  const shown: HTMLElement[] = []
  return {
    element,
    show(rows) {
      while (shown.length < rows.length) {
        const parts = ['stand', 'title', 'took'].map((name) => el('span', { class: name }))
        shown.push(el('li', {}, ...parts))
      }
      if (list.children.length !== rows.length) list.replaceChildren(...shown.slice(0, rows.length))
      rows.forEach(({ path, standing, ms, visits, inner }, index) => {
        const item = shown[index]
        const [sign, title, took] = [...(item?.children ?? [])]
        if (item === undefined || sign === undefined || title === undefined || took === undefined) return
        setAttributes(item, { class: standing, 'aria-current': standing === 'active' ? 'step' : undefined })
        setText(sign, SIGNS[standing])
        setText(title, inner === '' ? path : `${path} › ${inner}`)
        const times = visits > 1 ? `${visits} times · ` : ''
        setText(took, standing === 'skipped' ? 'skipped' : ms === null ? '' : `${times}${formatDuration(ms)}`)
      })
    },
  }
}

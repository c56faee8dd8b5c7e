import type { Headline } from '../model/headline.ts'
import type { About } from '../model/step.ts'
import { createBanner, LINKS, shortAddress } from './banner.ts'
import { copyButton, el, setText } from './dom.ts'

/** How the page hears of the run. */
export type Link = 'connecting' | 'live' | 'record' | 'lost' | 'ended' | 'report'

const TEXTS: Readonly<Record<Link, string>> = {
  ...LINKS,
  record: '● Following the record',
  ended: '■ The process has ended',
  report: '▤ Saved report',
}

export interface Header {
  readonly element: HTMLElement
  show(headline: Headline, about: About, link: Link): void
}

/** Says in one line where the run is, in the next what comes. */
export function createHeader({ onHelp }: { onHelp: () => void }): Header {
  const next = el('span')
  const command = el('span', { class: 'command' })
  const other = el('p', { class: 'next' })
  const help = el('button', { type: 'button', 'aria-label': 'Keys (?)', title: 'Keys (?)' }, '?')
  help.addEventListener('click', onHelp)
  const banner = createBanner({ buttons: [help], words: [el('p', { class: 'next' }, next, command), other] })
  let [shown, typed, called]: [string, string | null, string | null] = ['', null, null]
  let instead: string | null = null
  return {
    element: banner.element,
    show(headline, about, how) {
      banner.show(headline)
      setText(next, headline.next)
      if (typed !== headline.command || called !== headline.tool) {
        typed = headline.command
        called = headline.tool
        command.replaceChildren(
          ...(typed === null ? [] : [el('code', {}, typed), copyButton(typed, 'the command')]),
          ...(called === null ? [] : [el('span', { class: 'tool' }, 'or the tool ', el('code', {}, called))]),
        )
      }
      if (instead !== (headline.alternative?.command ?? null)) {
        instead = headline.alternative?.command ?? null
        other.replaceChildren(
          ...(headline.alternative === null || instead === null
            ? []
            : [
                el('span', {}, `Or: ${headline.alternative.reason}`),
                el('span', { class: 'command' }, el('code', {}, instead), copyButton(instead, 'the other command')),
              ]),
        )
      }
      banner.showLink(TEXTS[how], how)
      const { address, title } = about
      if (shown === `${title} ${address}`) return
      shown = `${title} ${address}`
      const where = address === null ? title : `${shortAddress(address)} · chain ${about.chainId ?? '?'}`
      banner.subject.replaceChildren(
        el('code', { title: address ?? '' }, where),
        ...(address === null ? [] : [copyButton(address, 'the address')]),
      )
      document.title = `${title} · venice-onboard`
    },
  }
}

/** Keys as the help names them. */
const KEYS: readonly (readonly [key: string, does: string])[] = [
  ['← →', 'one step back, one step on'],
  ['Shift ← →', 'ten steps'],
  ['Home End', 'first step, latest step'],
  ['↑ ↓', 'one step back or on, in the list of steps'],
  ['Space', 'follow the latest step; on a stage, show its inside'],
  ['+ - 0', 'chart larger, smaller, as a whole; drag it, or Ctrl and wheel'],
  ['t', 'light or dark'],
  ['?', 'this help'],
]

export function createHelp(): HTMLDialogElement {
  const close = el('button', { type: 'submit' }, 'Close')
  const signs = '● is here · ✓ has been · ↷ skipped · ✕ stopped · Ⅱ paused · ↻ waits · ▲ cannot be taken back'
  return el(
    'dialog',
    { 'aria-label': 'Keys and signs' },
    el('h2', {}, 'Keys'),
    el('dl', { class: 'facts' }, ...KEYS.flatMap(([key, does]) => [el('dt', {}, key), el('dd', {}, does)])),
    el('h2', {}, 'Signs'),
    el('p', {}, signs),
    el('p', {}, 'A thick line was taken; ×3 says how often. This page only reads: nothing here changes the run.'),
    el('form', { method: 'dialog' }, close),
  )
}

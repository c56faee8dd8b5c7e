import type { Headline } from '../model/headline.ts'
import type { About } from '../model/step.ts'
import { copyButton, el, setAttributes, setText } from './dom.ts'

/** How the page hears of the run. */
export type Link = 'connecting' | 'live' | 'record' | 'lost' | 'ended' | 'report'

const LINKS: Readonly<Record<Link, string>> = {
  connecting: '◌ Connecting',
  live: '● Live',
  record: '● Following the record',
  lost: '✕ Connection lost, trying again',
  ended: '■ The process has ended',
  report: '▤ Saved report',
}

export interface Header {
  readonly element: HTMLElement
  show(headline: Headline, about: About, link: Link): void
}

/** Says in one line where the run is, in the next what comes. */
export function createHeader({ onTheme, onHelp }: { onTheme: () => void; onHelp: () => void }): Header {
  const [sign, word] = [el('span', { class: 'sign', 'aria-hidden': 'true' }), el('span')]
  const badge = el('span', { class: 'badge' }, sign, word)
  const sentence = el('h1')
  const next = el('span')
  const command = el('span', { class: 'command' })
  const other = el('p', { class: 'next' })
  const [link, run] = [el('span', { class: 'link' }), el('span', { class: 'run' })]
  const theme = el('button', { type: 'button', 'aria-label': 'Light or dark (t)', title: 'Light or dark (t)' }, '◐')
  const help = el('button', { type: 'button', 'aria-label': 'Keys (?)', title: 'Keys (?)' }, '?')
  theme.addEventListener('click', onTheme)
  help.addEventListener('click', onHelp)
  let [shown, typed, called]: [string, string | null, string | null] = ['', null, null]
  let instead: string | null = null
  return {
    element: el(
      'header',
      {},
      el(
        'div',
        { class: 'bar' },
        el('span', { class: 'brand' }, 'venice-onboard'),
        run,
        el('span', { class: 'grow' }),
        link,
        theme,
        help,
      ),
      el(
        'div',
        { class: 'headline', role: 'status', 'aria-live': 'polite' },
        badge,
        el('div', { class: 'words' }, sentence, el('p', { class: 'next' }, next, command), other),
      ),
    ),
    show(headline, about, how) {
      setAttributes(badge, { class: `badge ${headline.status}` })
      setText(sign, headline.sign)
      setText(word, headline.word)
      setText(sentence, headline.sentence)
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
      setText(link, LINKS[how])
      setAttributes(link, { class: `link ${how}` })
      const { address, title } = about
      if (shown === `${title} ${address}`) return
      shown = `${title} ${address}`
      const where =
        address === null ? title : `${address.slice(0, 8)}…${address.slice(-6)} · chain ${about.chainId ?? '?'}`
      run.replaceChildren(
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

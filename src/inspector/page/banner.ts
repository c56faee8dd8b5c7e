import { el, setAttributes, setText } from './dom.ts'
import { toggleTheme } from './theme.ts'

/** How a page hears of what it shows, in words that every page has. */
export const LINKS = {
  connecting: '◌ Connecting',
  live: '● Live',
  lost: '✕ Connection lost, trying again',
} as const

/** What a page says first. */
interface Standing {
  status: string
  sign: string
  word: string
  sentence: string
}

export interface Banner {
  readonly element: HTMLElement
  /** Room for what is shown: a run, a gateway. */
  readonly subject: HTMLElement
  show(standing: Standing): void
  /** @param how - a class for the style. */
  showLink(text: string, how: string): void
}

/**
 * The head of a page: name, subject and connection in a bar, and below it in a sentence how things stand.
 *
 * @param buttons - in the bar, after the one for the theme.
 * @param words - below the sentence.
 */
export function createBanner({ buttons = [], words }: { buttons?: readonly Node[]; words: readonly Node[] }): Banner {
  const [sign, word] = [el('span', { class: 'sign', 'aria-hidden': 'true' }), el('span')]
  const badge = el('span', { class: 'badge' }, sign, word)
  const sentence = el('h1')
  const [link, subject] = [el('span', { class: 'link' }), el('span', { class: 'run' })]
  const theme = el('button', { type: 'button', 'aria-label': 'Light or dark (t)', title: 'Light or dark (t)' }, '◐')
  theme.addEventListener('click', toggleTheme)
  return {
    element: el(
      'header',
      {},
      el(
        'div',
        { class: 'bar' },
        el('span', { class: 'brand' }, 'venice-onboard'),
        subject,
        el('span', { class: 'grow' }),
        link,
        theme,
        ...buttons,
      ),
      el(
        'div',
        { class: 'headline', role: 'status', 'aria-live': 'polite' },
        badge,
        el('div', { class: 'words' }, sentence, ...words),
      ),
    ),
    subject,
    show(standing) {
      setAttributes(badge, { class: `badge ${standing.status}` })
      setText(sign, standing.sign)
      setText(word, standing.word)
      setText(sentence, standing.sentence)
    },
    showLink(text, how) {
      setText(link, text)
      setAttributes(link, { class: `link ${how}` })
    },
  }
}

/** As much of an address as tells it from others. */
export const shortAddress = (address: string): string => `${address.slice(0, 8)}…${address.slice(-6)}`

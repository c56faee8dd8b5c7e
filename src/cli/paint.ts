import { styleText } from 'node:util'
import { inert } from '../domain/inert.ts'

export type Style = Parameters<typeof styleText>[0]

const group = (): number => 1_000 + ((crypto.getRandomValues(new Uint16Array(1))[0] ?? 0) % 9_000)

/**
 * Stands in every colour of this process, as parameters that a colour may have, so that none that comes in a text passes for
 * one of ours. Groups of four digits, which `stripVTControlCharacters` knows.
 */
const MARK = [group(), group(), group(), group()].join(';')

// biome-ignore lint/suspicious/noControlCharactersInRegex: the escape sequences that colours are made of
const PLAIN_COLOUR = /\x1b\[(\d{1,3})m/g
// biome-ignore lint/suspicious/noControlCharactersInRegex: as above, with a mark
const MARKED_COLOUR = /\x1b\[(\d{1,3});(\d{4}(?:;\d{4}){3})m/g

/** `text` in a style, to be shown by way of `safe` and `unmarked`. */
export const painted = (style: Style, text: string): string =>
  styleText(style, safe(text), { validateStream: false }).replace(PLAIN_COLOUR, `\x1b[$1;${MARK}m`)

/** `text` with everything made visible that a terminal would obey or hide, except our own colours. */
export function safe(text: string): string {
  let shown = ''
  let end = 0
  for (const match of text.matchAll(MARKED_COLOUR)) {
    if (match[2] !== MARK) continue
    shown += inert(text.slice(end, match.index)) + match[0]
    end = match.index + match[0].length
  }
  return shown + inert(text.slice(end))
}

/** What `safe` made, as a terminal takes it; without colours where there are none. */
export const unmarked = (text: string, mayColour: boolean): string =>
  text.replace(MARKED_COLOUR, mayColour ? '\x1b[$1m' : '')

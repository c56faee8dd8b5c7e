import { stripVTControlCharacters } from 'node:util'

/** What stands before the text of a line: a word and what pads it, a list's dash, or spaces. */
const LABEL = /^(?:[a-z]+ {2,}| *- | *)/
/** A command is copied whole, and the cells of a table stay below each other. */
const KEPT = /^(?:next|\s*→) |\S {2,99}\S/

/**
 * Breaks what is longer than `columns` between words; the lines after the first are indented as the text of the first is.
 * Colours count for nothing. A table, and a line that names a command, are left to the terminal.
 */
export const wrap = (text: string, columns: number): string =>
  text
    .split('\n')
    .map((line) => wrapLine(line, columns))
    .join('\n')

function wrapLine(line: string, columns: number): string {
  const plain = stripVTControlCharacters(line)
  const label = LABEL.exec(plain)?.[0] ?? ''
  if (plain.length <= columns || KEPT.test(plain.slice(label.trim() === 'next' ? 0 : label.length))) return line
  const indent = ' '.repeat(label.length)
  let width = 0
  return line
    .split(' ')
    .map((word, index) => {
      const { length } = stripVTControlCharacters(word)
      const isBroken = index > 0 && width > indent.length && width + 1 + length > columns
      width = isBroken ? indent.length + length : width + length + (index > 0 ? 1 : 0)
      return isBroken ? `\n${indent}${word}` : `${index > 0 ? ' ' : ''}${word}`
    })
    .join('')
}

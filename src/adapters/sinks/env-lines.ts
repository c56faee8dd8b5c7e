/** The range of an assignment in a dotenv file: from its first character to after the end of its last line. */
export interface Assignment {
  name: string
  begin: number
  end: number
}

const START = /^[ \t]*(?:export[ \t]+)?([A-Za-z_][\w.-]*)[ \t]*=[ \t]*/
const QUOTES: readonly string[] = ['"', "'", '`']

/**
 * The assignments of a dotenv file, in order. As in dotenv and shells, a quoted value may have several lines, and its
 * content is not an assignment. A quote that is never closed is part of a one-line value.
 *
 * Takes linear time for any text.
 */
export function assignmentsOf(text: string): Assignment[] {
  const found: Assignment[] = []
  const unclosed = new Set<string>()
  let begin = 0
  while (begin < text.length) {
    let end = endOfLine(text, begin)
    const line = text.slice(begin, end)
    const [start, name] = START.exec(line) ?? []
    if (start !== undefined && name !== undefined) {
      const quote = line[start.length] ?? ''
      if (QUOTES.includes(quote) && !unclosed.has(quote)) {
        const closing = closingOf(quote, text, begin + start.length + 1)
        if (closing === -1) unclosed.add(quote)
        else end = endOfLine(text, closing)
      }
      found.push({ name, begin, end })
    }
    begin = end
  }
  return found
}

const endOfLine = (text: string, from: number): number => {
  const newline = text.indexOf('\n', from)
  return newline === -1 ? text.length : newline + 1
}

/** The position of the closing quote, or -1. A double quote after a backslash does not close. */
function closingOf(quote: string, text: string, from: number): number {
  if (quote !== '"') return text.indexOf(quote, from)
  for (let at = from; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1
    else if (text[at] === quote) return at
  }
  return -1
}

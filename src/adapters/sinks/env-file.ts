import { parseEnv } from 'node:util'
import type { KeySink } from '../../ports/key-sink.ts'
import type { Environment } from '../child-env.ts'
import { type Assignment, assignmentsOf } from './env-lines.ts'
import { fileSink, type HeldKey, type KeyFormat, type KeyOrigin } from './file-sink.ts'

/** The variable that Venice's own tools read. */
const VARIABLE = 'VENICE_API_KEY'
/** In latin1. The file is read as latin1, so that every byte is kept. */
const BYTE_ORDER_MARK = '\u00ef\u00bb\u00bf'
/** Values that never need quotes and have no meaning to a shell. */
const PLAIN = /^[\w.:/@%+-][\w.:/@%+=-]*$/
/** Placeholders of templates. They are kept as a comment as well. */
const PLACEHOLDER = /^(<.*>|\[.*\]|\.{3,}|x{3,}|your\b.*|your[-_].*|change[-_]?me.*|replace[-_]?(me|with).*|todo\b.*)$/i
/**
 * References to a key that is kept elsewhere: `op://…`, `vault:…`, `encrypted:…`, `${OTHER}`, `$OTHER`, `$(pass …)`,
 * `{{ … }}`, `ENC[…]`, `@Microsoft.KeyVault(…)`, `%OTHER%`. No key of Venice's has a colon or one of these signs.
 */
const REFERENCE = /^[a-z][a-z\d+.-]*:|[$`{}()[\]]|^@|^%.*%$/i
const MARK = /^# venice-onboard: key \.\.\.(?<last6>\S{1,6}) of (?<origin>\S+) for (?<address>\S+), \S+$/

/** One assignment in a dotenv file. All other bytes are kept, in any encoding: hence latin1. */
const format: KeyFormat = {
  encoding: 'latin1',
  objection: (text) => (text.includes('\0') ? 'is not plain text; save it as UTF-8' : null),
  find: (text) => {
    const bare = withoutMark(text)
    const last = ours(bare).at(-1)
    return last === undefined ? null : heldBy(last, bare)
  },
  put: (text, apiKey, origin) => {
    const bare = withoutMark(text)
    const found = ours(bare)
    const last = found.at(-1)
    const line = `${markOf(apiKey, origin)}${VARIABLE}=${PLAIN.test(apiKey) ? apiKey : `'${apiKey}'`}\n`
    if (last === undefined) return `${closed(bare)}${line}`
    let next = ''
    let at = 0
    for (const assignment of found) {
      const { begin, end } = assignment
      const mark = markBefore(bare, begin)
      const kept = mark !== null && isOf(mark, bare, assignment) ? '' : retired(bare.slice(begin, end), origin.at)
      next = closed(next + bare.slice(at, mark !== null && kept === '' ? mark.begin : begin)) + kept
      if (assignment === last) next += line
      at = end
    }
    return next + bare.slice(at)
  },
}

/** `env-file:F`: the variable VENICE_API_KEY in a dotenv file. `path` is absolute. */
export const envFileSink = (name: string, path: string, env: Environment): KeySink =>
  fileSink({ name, path, format, env })

const withoutMark = (text: string): string =>
  text.startsWith(BYTE_ORDER_MARK) ? text.slice(BYTE_ORDER_MARK.length) : text

const ours = (text: string): Assignment[] => assignmentsOf(text).filter(({ name }) => name === VARIABLE)

function heldBy({ begin, end }: Assignment, text: string): HeldKey | null {
  const value = valueIn(text.slice(begin, end))
  if (value === '' || PLACEHOLDER.test(value)) return null
  const mark = markBefore(text, begin)
  return {
    value,
    isReference: REFERENCE.test(value),
    origin: mark !== null && value.endsWith(mark.last6) ? mark.origin : null,
  }
}

/** Reads it as dotenv does, except that text directly after the sign is a comment if it looks like one. */
function valueIn(assignment: string): string {
  const value = (parseEnv(assignment)[VARIABLE] ?? '').trim()
  return value.startsWith('#') ? '' : value
}

/**
 * Ends the last line, so that a later one starts on a new line: the last may lack its end, or a shell would join it
 * with the next.
 */
function closed(text: string): string {
  const ended = text === '' || text.endsWith('\n') ? text : `${text}\n`
  return /(?:^|[^\\])(?:\\\\){0,999}\\\r?\n$/.test(ended.slice(-200)) ? `${ended}\n` : ended
}

/**
 * Names the owner of the key, so that it is sent nowhere else. It holds no secret, and nothing that a shell would run.
 */
const markOf = (apiKey: string, { origin, address, at }: KeyOrigin): string =>
  origin === null
    ? ''
    : `# venice-onboard: key ...${apiKey.slice(-6)} of ${origin} for ${address}, ${at.slice(0, 10)}\n`

interface Mark {
  begin: number
  last6: string
  origin: string
}

function markBefore(text: string, at: number): Mark | null {
  const begin = text.lastIndexOf('\n', at - 2) + 1
  const { last6, origin } = MARK.exec(text.slice(begin, at).trimEnd())?.groups ?? {}
  return last6 === undefined || origin === undefined ? null : { begin, last6, origin }
}

/** Whether the mark belongs to this assignment: a user may have put another key below it since. */
const isOf = ({ last6 }: Mark, text: string, { begin, end }: Assignment): boolean =>
  valueIn(text.slice(begin, end)).endsWith(last6)

/** The whole assignment as a comment. Placeholders of templates become comments as well. */
function retired(assignment: string, at: string): string {
  const lines = assignment.split('\n').map((line) => line.replace(/\r$/, ''))
  if (lines.at(-1) === '') lines.pop()
  return `# venice-onboard: replaced on ${at.slice(0, 10)}; before it:\n${lines.map((line) => `# ${line}\n`).join('')}`
}

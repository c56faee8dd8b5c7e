import { parseEnv } from 'node:util'
import type { KeySink } from '../../ports/key-sink.ts'
import type { Environment } from '../child-env.ts'
import { fileSink, type KeyFormat } from './file-sink.ts'

/** The variable that Venice's own tools read. */
const VARIABLE = 'VENICE_API_KEY'

/** Groups: what stands before the value, the value, what stands after it on the line. A commented-out line does not match. */
const ASSIGNMENT = new RegExp(
  String.raw`(?<=^|\n)([ \t]*(?:export[ \t]+)?${VARIABLE}[ \t]*=[ \t]*)` +
    String.raw`("[^"\r\n]*"|'[^'\r\n]*'|[^#\r\n]*?)` +
    String.raw`([ \t]*(?:#[^\r\n]*)?(?=\r?\n|\r?$))`,
  'g',
)
/** What needs no quotes in a shell or in any dotenv dialect. */
const PLAIN = /^[\w.~:/@%+=-]+$/

/** One assignment in a dotenv file. Every other byte stays, whatever its encoding: hence latin1. */
const format: KeyFormat = {
  encoding: 'latin1',
  objection: (text) => (text.includes('\0') ? 'is not plain text; save it as UTF-8' : null),
  find: (text) => parseEnv(text)[VARIABLE] || null,
  put: (text, apiKey) => {
    const value = PLAIN.test(apiKey) ? apiKey : `'${apiKey}'`
    // The last one counts, for dotenv and for a shell.
    const last = [...text.matchAll(ASSIGNMENT)].at(-1)
    if (last !== undefined) {
      const [line, before = '', , after = ''] = last
      return text.slice(0, last.index) + before + value + after + text.slice(last.index + line.length)
    }
    const newline = text.includes('\r\n') ? '\r\n' : '\n'
    const gap = text === '' || text.endsWith('\n') ? '' : newline
    return `${text}${gap}${VARIABLE}=${value}${newline}`
  },
}

/** `env-file:F`: the variable VENICE_API_KEY in a dotenv file. `path` is absolute. */
export const envFileSink = (name: string, path: string, env: Environment): KeySink =>
  fileSink({ name, path, format, env })

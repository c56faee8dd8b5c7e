import { join } from 'node:path'
import type { KeySink } from '../../ports/key-sink.ts'
import type { Environment } from '../child-env.ts'
import { fileSink, type KeyFormat } from './file-sink.ts'

/**
 * The settings of Venice's own CLI: an object, indented by two spaces, without a newline at the end.
 *
 * @see https://github.com/veniceai/venice-cli/blob/7b8b154/src/lib/config.ts (2.1.0, checked 2026-11-23)
 */
const format: KeyFormat = {
  encoding: 'utf8',
  objection: (text) => (parseSettings(text) === null ? 'is not a JSON object; fix it or move it elsewhere' : null),
  find: (text) => {
    const key = parseSettings(text)?.api_key
    return typeof key === 'string' && key !== '' ? { value: key } : null
  },
  put: (text, apiKey) => JSON.stringify({ ...parseSettings(text), api_key: apiKey }, null, 2),
}

/** `venice-cli`: the file in which the official `venice` command finds its key, so that it works at once. */
export const veniceCliSink = (homeDir: string, env: Environment): KeySink =>
  fileSink({ name: 'venice-cli', path: join(homeDir, '.venice', 'config.json'), format, env, ownsDirectory: true })

function parseSettings(text: string): Record<string, unknown> | null {
  if (text === '') return {}
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && !Array.isArray(value) ? (value as Record<string, unknown> | null) : null
  } catch {
    return null
  }
}

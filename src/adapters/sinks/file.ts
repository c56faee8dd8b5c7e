import type { KeySink } from '../../ports/key-sink.ts'
import type { Environment } from '../child-env.ts'
import { fileSink, type KeyFormat } from './file-sink.ts'

/** Only the key, on one line. A file with other content was named by mistake. */
const format: KeyFormat = {
  encoding: 'utf8',
  objection: (text) => (/^(?!\w+=[^=])\S*\s*$/.test(text) ? null : 'holds something other than a key; name a new file'),
  find: (text) => (text.trim() === '' ? null : { value: text.trim() }),
  put: (_, apiKey) => `${apiKey}\n`,
}

/**
 * `file:F`: a file that holds only the key. `path` is absolute.
 *
 * @param ownsDirectory - creates the file's directory (0700), in which only this program stores keys. Default false:
 * the directory must exist.
 */
export const plainFileSink = (
  name: string,
  path: string,
  env: Environment,
  { ownsDirectory = false }: { ownsDirectory?: boolean } = {},
): KeySink => fileSink({ name, path, format, env, ownsDirectory, isPrivate: ownsDirectory })

import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { expect, test } from 'vitest'
import { minted } from '../../ports/key-sink.ts'
import { sinkIn } from './environment.ts'

/** Contents of other people's files before a key is added. */
const BEFORE = [
  '',
  'A=1',
  'A=1\\\n',
  'A=1\r\nB="2"\r\n',
  '\ufeffA=1\n',
  '\ufeffVENICE_API_KEY=\n',
  'VENICE_API_KEY=   # your key\nZ=9\n',
  'VENICE_API_KEY=# get one at https://venice.ai\n',
  'VENICE_API_KEY="old"# c\n',
  'export VENICE_API_KEY=old\nexport Z=9\n',
  'VENICE_API_KEY=a\r\nVENICE_API_KEY=b\r\n',
  'VENICE_API_KEY="two\nlines"\nZ=9\n',
  'A="a\nVENICE_API_KEY=inside\n"\n',
]
const KEYS = ['VENICE_ADMIN_KEY_abc-DEF_123', 'k.e:y/1@2%3+4=']

/** As Docker's `--env-file` reads: by line, nothing unquoted. @see https://github.com/docker/cli/blob/master/pkg/kvfile/kvfile.go */
const byDocker = (text: string) => {
  const found = new Map<string, string>()
  for (const line of text.replace(/^\ufeff/, '').split(/\r?\n/)) {
    const [, name, value] = /^\s*([^#\s=][^=]*)=(.*)$/.exec(line) ?? []
    if (name !== undefined && value !== undefined) found.set(name, value)
  }
  return found.get('VENICE_API_KEY')
}
/** As dotenv's own expression, which dotenvx and python-dotenv agree with for a line without quotes. */
const byDotenv = (text: string) => {
  const lines =
    /(?:^|^)\s*(?:export\s+)?([\w.-]+)(?:\s*=\s*?|:\s+?)(\s*'(?:\\'|[^'])*'|\s*"(?:\\"|[^"])*"|\s*`(?:\\`|[^`])*`|[^#\r\n]+)?\s*(?:#.*)?(?:$|$)/gm
  const values = [...text.matchAll(lines)].filter(([, name]) => name === 'VENICE_API_KEY')
  return values.at(-1)?.[2]?.trim()
}
const byShell = (shell: string) => (_: string, file: string) =>
  execFileSync(shell, ['-c', '. "$1"; printf %s "$VENICE_API_KEY"', shell, file], { encoding: 'utf8', stdio: 'pipe' })

const READERS: [name: string, read: (text: string, file: string) => string | undefined][] = [
  ['parseEnv', (text) => parseEnv(text).VENICE_API_KEY],
  [
    'node --env-file',
    (_, file) =>
      execFileSync(process.execPath, [`--env-file=${file}`, '-p', 'process.env.VENICE_API_KEY'], {
        encoding: 'utf8',
        env: {},
      }).trimEnd(),
  ],
  ['docker', byDocker],
  ['dotenv', byDotenv],
  ...['/bin/dash', '/bin/bash']
    .filter((shell) => existsSync(shell))
    .map((shell) => [shell, byShell(shell)] as [string, ReturnType<typeof byShell>]),
]

test.each(READERS)('%s reads the key from any file that it was added to', async (_, read) => {
  for (const before of BEFORE) {
    for (const key of KEYS) {
      const { sink, cwd } = sinkIn('env-file:.env')
      const file = join(cwd, '.env')
      writeFileSync(file, before)
      await sink.store(minted(key), 'label', { origin: 'https://api.venice.ai', address: '0xabc' })
      expect([before, read(readFileSync(file, 'utf8'), file)]).toEqual([before, key])
    }
  }
})

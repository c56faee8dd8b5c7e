/**
 * Holds every regular expression of the product to linear time. Prints each pattern that can take quadratic or exponential
 * time on some text as `file:line: pattern: why`, and exits 1 when there is one.
 *
 * A pattern is judged without the bound of its input, so that a bound that is lifted later makes nothing slow.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path/posix'
import { literalsIn, slowIn, sourceFile } from './slow-patterns.ts'

const FOLDERS = ['src', 'machines']

/** Files whose patterns are made of parts at run time, and why these are linear. */
const MADE: Readonly<Record<string, string>> = {
  'src/domain/redact.ts': 'a secret, escaped: no quantifier at all',
  'src/adapters/sinks/env-file.ts': "one line of the user's own file",
}

function slowPatterns(path: string): string[] {
  const text = readFileSync(path, 'utf8')
  const file = sourceFile(path, text)
  const slow = literalsIn(file).flatMap(({ pattern, node }) => {
    const line = file.getLineAndCharacterOfPosition(node.getStart()).line + 1
    return slowIn(pattern).map((reason) => `${path}:${line}: ${pattern}: ${reason}`)
  })
  const isUnseen = text.includes('new RegExp(') && !(path in MADE)
  return isUnseen ? [...slow, `${path}: makes patterns at run time, which nothing checks; write a literal`] : slow
}

const slow = FOLDERS.flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.includes('generated'))
    .flatMap((name) => slowPatterns(join(folder, name))),
)
for (const line of slow) console.error(line)
process.exitCode = slow.length > 0 ? 1 : 0

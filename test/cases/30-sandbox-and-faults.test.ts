import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runCli } from '../support/cli.ts'
import { newFolder } from '../support/sandbox.ts'

test.each<[string, string | null, RegExp]>([
  ['that does not exist', null, /cannot be read \(ENOENT\)\./],
  ['that is not JSON', '{', /It is not JSON\./],
  [
    'with an unknown kind',
    '[{"on":"x","effect":{"kind":"explode"}}]',
    /fault 1, the field effect\.kind must be one of reply, /,
  ],
  [
    'with a field of another type',
    '[{"on":"x","effect":{"kind":"dropAfter"}},{"on":1,"effect":{"kind":"dropAfter"}}]',
    /fault 2, the field on is wrong/,
  ],
])('a fault file %s is refused with a full sentence, exit 2', async (_, text, words) => {
  const cwd = newFolder()
  const file = join(cwd, 'faults.json')
  if (text !== null) writeFileSync(file, text)
  const run = await runCli(['sandbox', '--faults', file], { cwd })
  expect(run.code).toBe(2)
  expect(run.stderr).toMatch(words)
  expect(run.stderr).not.toMatch(/"code"|\n\s*at /)
})

test('a sandbox run warns when BASE_RPC_URL is set', async () => {
  const env = { BASE_RPC_URL: 'https://mainnet.base.org' }
  const run = await runCli(['run', '--json'], { cwd: newFolder(), env })
  expect(run.code).toBe(0)
  expect(run.stderr).toContain('BASE_RPC_URL is set, but this command works in the sandbox.')
  expect(run.stderr).toContain('--network base')
})

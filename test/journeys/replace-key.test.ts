import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { useSandbox } from '../support/sandbox.ts'

const lab = useSandbox()
const OTHER = 'VENICE_INFERENCE_KEY_of-somebody-else-0abcde'

test('a plan tells of a key that another program put into the env file, and the run leaves it there unless it may not', async () => {
  const journey = await lab.begin()
  const path = join(journey.cwd, '.env')
  writeFileSync(path, `VENICE_API_KEY=${OTHER}\n`, { mode: 0o600 })
  const shown = await journey.command(['plan'])
  expect(shown.stdout).toMatch(/env-file:\.env holds another key, …0abcde: `run` asks .* without `--replace-key`/)
  expect(shown.stdout).not.toContain(OTHER)
  const { json } = await journey.command(['plan', '--json'])
  expect(json.sinkHolds).toEqual({ sink: 'env-file:.env', last6: '0abcde', isReference: false })

  const refused = await journey.run()
  expect([refused.code, refused.json.failure?.code]).toEqual([5, 'sink/holds-another-key'])
  expect((await journey.onChain()).transactions).toBe(0)
  expect(readFileSync(path, 'utf8')).toBe(`VENICE_API_KEY=${OTHER}\n`)

  expect((await journey.run(['--replace-key'])).code).toBe(0)
  expect(journey.storedKey()).not.toBe(OTHER)
  expect(readFileSync(path, 'utf8')).toMatch(new RegExp(`^#.*${OTHER}`, 'm'))
  expect((await journey.command(['plan', '--json'])).json.sinkHolds).toBeNull()
})

test('a plan tells of a reference that stands for a key', async () => {
  const journey = await lab.begin()
  writeFileSync(join(journey.cwd, '.env'), 'VENICE_API_KEY=op://vault/venice/key\n', { mode: 0o600 })
  expect((await journey.command(['plan'])).stdout).toContain('holds a reference to a key')
})

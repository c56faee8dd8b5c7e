import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runDirectoryOf } from '../support/records.ts'
import { useSandbox } from '../support/sandbox.ts'

const lab = useSandbox()
const OTHER = 'VENICE_INFERENCE_KEY_of-somebody-else-0abcde'

test('plan reports another program’s key in the env file, and the run keeps it unless it may replace it', async () => {
  const journey = await lab.begin()
  const path = join(journey.cwd, '.env')
  writeFileSync(path, `VENICE_API_KEY=${OTHER}\n`, { mode: 0o600 })
  const shown = await journey.command(['plan'])
  expect(shown.stdout).toMatch(/env-file:\.env holds another key, …0abcde: `run` asks .* needs `--replace-key`/)
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

test('plan reports a secret reference in the place of the key', async () => {
  const journey = await lab.begin()
  writeFileSync(join(journey.cwd, '.env'), 'VENICE_API_KEY=op://vault/venice/key\n', { mode: 0o600 })
  expect((await journey.command(['plan'])).stdout).toContain('holds a reference to a key')
})

test('status and a repeated run report a key missing from its sink, and the command that mints another', async () => {
  const [first, second] = [await lab.begin(), await lab.begin()]
  await first.run()
  const inFirst = ['--save-key', `env-file:${join(first.cwd, '.env')}`]
  expect((await first.command(['status'])).stdout).toContain('The key is minted and stored')
  expect((await second.run([...inFirst, '--replace-key'])).code).toBe(0)
  const told = async () => [(await first.command(['status'])).stdout, (await first.command(['run', '--yes'])).stdout]
  for (const text of await told()) {
    expect(text).not.toContain('minted and stored')
    expect(text).toContain('It is not in env-file:.env any more')
    expect(text).toContain('env-file:.env now holds another key')
    expect(text).toMatch(/next.*keys rotate --with-admin-key --save-key env-file:FILE/)
  }
  writeFileSync(join(first.cwd, '.env'), 'A=1\n')
  for (const text of await told()) expect(text).toContain('does not hold the key')
  expect((await first.command(['status', '--json'])).json.runs[0].key).toMatchObject({ isStored: false })
  expect((await second.command(['status'])).stdout).not.toContain('minted and stored')
})

test('status runs no command and opens no pipe that a record names', async () => {
  const journey = await lab.begin()
  await journey.run()
  const { seal, unseal } = await import('../../src/driver/envelope.ts')
  const path = join(runDirectoryOf(journey), 'run.json')
  const owner = { chainId: 8453, address: journey.address }
  const marker = join(journey.cwd, 'ran')
  execFileSync('mkfifo', [join(journey.cwd, 'pipe')])
  for (const sink of [
    `exec:touch ${marker}`,
    'file:pipe',
    'env-file:pipe',
    'file:/dev/zero',
    'file:.',
    'venice-cli',
    'x',
  ]) {
    const envelope = await unseal(readFileSync(path, 'utf8'), path, owner)
    Object.assign(envelope.snapshot.context.record.key ?? {}, { sink })
    writeFileSync(path, await seal(envelope))
    const { code, stdout } = await journey.command(['status'])
    expect([sink, code]).toEqual([sink, 0])
    expect(stdout).toContain(sink)
  }
  expect(existsSync(marker)).toBe(false)
})

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { execSink } from '../../../src/adapters/sinks/exec.ts'
import { FIRST_KEY, minted } from '../../ports/key-sink.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'

interface Setup {
  cwd?: string
  env?: Record<string, string>
  timeoutMs?: number
}

const PATH = process.env.PATH ?? ''
const run = (command: string, { cwd = temporaryDirectory(), env = {}, timeoutMs = 10_000 }: Setup = {}) =>
  execSink({ command, cwd, env: { PATH, ...env }, timeoutMs })

describe('exec gives a command only the key', () => {
  test('on stdin, without a newline', async () => {
    const cwd = temporaryDirectory()
    await run('cat > out', { cwd }).store(minted(FIRST_KEY), 'label')
    expect(readFileSync(join(cwd, 'out'), 'utf8')).toBe(FIRST_KEY)
  })

  test("with the label, and without the wallet's secrets", async () => {
    const cwd = temporaryDirectory()
    const secrets = { WALLET_PRIVATE_KEY: 'canary', ETH_PASSWORD: 'canary', CAST_UNSAFE_PASSWORD: 'canary' }
    await run('cat >/dev/null; env > out', { cwd, env: { ...secrets, OTHER: 'kept' } }).store(
      minted(FIRST_KEY),
      'my label',
    )
    const env = readFileSync(join(cwd, 'out'), 'utf8')
    expect(env).toContain('OTHER=kept')
    expect(env).toContain('VENICE_ONBOARD_KEY_LABEL=my label')
    expect(env).not.toContain('canary')
  })
})

describe('exec reports every failure', () => {
  test('with the exit status and the command’s output, without the key', async () => {
    const error = await run('cat >&2; printf " refused\\033[31m" >&2; exit 3')
      .store(minted(FIRST_KEY), 'label')
      .catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'sink/write-failed', recovery: 'resolveMint' })
    expect(inspect(error, { depth: null })).not.toContain(FIRST_KEY)
    expect(String(error)).toContain('exited with 3: [key] refused [31m')
  })

  test('without any part of the key where a long excerpt is cut', async () => {
    const error = await run('yes "$(cat)" | head -c 100000 >&2; exit 1').store(minted(FIRST_KEY), 'label').catch(String)
    expect(error).not.toContain('canary')
  })

  test('of a command that never reads a key too large for the pipe', async () => {
    const store = run('exit 0').store(minted('k'.repeat(1_000_000)), 'label')
    await expect(store).rejects.toMatchObject({
      code: 'sink/write-failed',
      message: expect.stringContaining('closed its input'),
    })
  })

  test('of a command that hangs, and ends it', async () => {
    const store = run('sleep 60; true', { timeoutMs: 100 }).store(minted(FIRST_KEY), 'label')
    await expect(store).rejects.toMatchObject({
      code: 'sink/write-failed',
      message: expect.stringContaining('within 0.1 s'),
    })
  })

  test('of a command that dies of a signal', async () => {
    await expect(run('kill -9 $$').store(minted(FIRST_KEY), 'label')).rejects.toMatchObject({
      code: 'sink/write-failed',
    })
  })

  test('of a missing working directory', async () => {
    const store = run('cat', { cwd: '/nonexistent' }).store(minted(FIRST_KEY), 'label')
    await expect(store).rejects.toMatchObject({ code: 'sink/write-failed' })
  })

  test('and does not wait for a background process', async () => {
    await run('sleep 5 & cat >/dev/null').store(minted(FIRST_KEY), 'label')
  }, 3_000)
})

describe('exec checks before the mint whether the command exists', () => {
  test.each(['no-such-command-anywhere', 'A=1 no-such-command-anywhere x', './absent', './not-executable'])(
    'and does not find %s',
    async (command) => {
      const cwd = temporaryDirectory()
      writeFileSync(join(cwd, 'not-executable'), '', { mode: 0o600 })
      await expect(run(command, { cwd }).probe()).rejects.toMatchObject({ code: 'sink/unusable' })
    },
  )

  test.each([
    'cat',
    'A=1 B=2 cat >x',
    './script --flag',
    'read key',
    'if true; then cat; fi',
    '(cat)',
    '$CMD',
    '"my tool"',
  ])('and accepts %s, or leaves it to the shell', async (command) => {
    const cwd = temporaryDirectory()
    writeFileSync(join(cwd, 'script'), '', { mode: 0o700 })
    expect(await run(command, { cwd }).probe()).toEqual({ fingerprint: null, warnings: [] })
  })

  test('and does not run it', async () => {
    const cwd = temporaryDirectory()
    await run('touch ran', { cwd }).probe()
    expect(() => readFileSync(join(cwd, 'ran'))).toThrow()
  })
})

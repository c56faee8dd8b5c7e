import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { runCli } from '../support/cli.ts'
import { newFolder } from '../support/sandbox.ts'

/** Nobody listens there. */
const NOWHERE = ['--ingress-url', 'http://127.0.0.1:1', '--admin-url', 'http://127.0.0.1:1']
const BASE = ['--network', 'base', '--rpc-url', 'http://127.0.0.1:1']

/** A folder with a password and a seed. */
async function withSeed(): Promise<{ cwd: string; keys: string[]; seed: string }> {
  const cwd = newFolder()
  writeFileSync(join(cwd, 'password'), 'a long password\n', { mode: 0o600 })
  const made = await runCli(['fleet', 'seed', 'seed.json', '--password-file', 'password', '--json'], { cwd })
  expect(made.code, made.stderr).toBe(0)
  return { cwd, keys: ['--seed', 'seed.json', '--password-file', 'password'], seed: made.stdout }
}

describe('the commands of a fleet', () => {
  it('report an unreachable Restate, and how to name another', async () => {
    const { code, json } = await runCli(['fleet', 'status', ...NOWHERE, '--json'], { cwd: newFolder() })
    expect(code).toBe(75)
    expect(json.failure).toMatchObject({ code: 'fleet/unreachable', hint: expect.stringContaining('--admin-url') })
  })

  it('create a seed once, and never show it', async () => {
    const { cwd, keys, seed } = await withSeed()
    expect(seed).toMatch(/"first":"0x[0-9a-fA-F]{40}"/)
    const again = await runCli(['fleet', 'seed', 'seed.json', ...keys.slice(2), '--json'], { cwd })
    expect(again.code).toBe(2)
  })

  it.each(['env-file:.env', 'file:keys/{address}/../key', 'env-file:{address}/../../.env', 'venice-cli'])(
    'refuse a sink in which each key would replace the last: %s',
    async (place) => {
      const { cwd, keys } = await withSeed()
      const words = ['fleet', 'serve', ...BASE, ...NOWHERE, ...keys, '--save-key', place, '--json']
      const { code, json } = await runCli(words, { cwd })
      expect(code).toBe(2)
      expect(json.failure?.code).toBe('fleet/sink-shared')
    },
  )

  it('sign in the sandbox with the sandbox’s own keys only', async () => {
    const { cwd, keys } = await withSeed()
    const { code, json } = await runCli(['fleet', 'serve', ...NOWHERE, ...keys, '--json'], { cwd })
    expect(code).not.toBe(0)
    expect(JSON.stringify(json.failure)).toContain('--seed')
  })

  it('check every row before they contact Restate', async () => {
    const { cwd } = await withSeed()
    writeFileSync(join(cwd, 'list.csv'), 'address\n0x12\n')
    const { code, json } = await runCli(['fleet', 'submit', 'list.csv', ...BASE, ...NOWHERE, '--json'], { cwd })
    expect(code).toBe(2)
    expect(json.failure).toMatchObject({ code: 'fleet/rows-invalid', facts: [expect.stringContaining('line 2')] })
  })
})

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { anvilModule, guardFor } from '../../src/sandbox/anvil.ts'

// Regression: issue 18, number 34 — on a Mac, `npm ci` brought no chain.
const SYSTEMS = [
  ['darwin', 'arm64', 'darwin-arm64', 'anvil'],
  ['darwin', 'x64', 'darwin-amd64', 'anvil'],
  ['linux', 'arm64', 'linux-arm64', 'anvil'],
  ['linux', 'x64', 'linux-amd64', 'anvil'],
  ['win32', 'x64', 'win32-amd64', 'anvil.exe'],
] as const

interface Locked {
  version: string
  os: string[]
  cpu: string[]
  bin: { anvil: string }
  optional?: boolean
  integrity?: string
}
const read = (file: string) => JSON.parse(readFileSync(file, 'utf8'))
const { optionalDependencies } = read('package.json')
const { packages } = read('package-lock.json') as { packages: Record<string, Locked> }

describe.each(SYSTEMS)('%s on %s', (os, cpu, name, program) => {
  it('has its program selected', () => {
    expect(anvilModule(os, cpu)).toBe(`@foundry-rs/anvil-${name}/bin/${program}`)
  })

  it('has its package installed, as one exact version among the optional dependencies', () => {
    expect(optionalDependencies[`@foundry-rs/anvil-${name}`]).toBe('1.7.1')
    const locked = packages[`node_modules/@foundry-rs/anvil-${name}`]
    expect(locked).toMatchObject({ version: '1.7.1', os: [os], cpu: [cpu], bin: { anvil: `bin/${program}` } })
    expect([locked?.optional, locked?.integrity?.startsWith('sha512-')]).toEqual([true, true])
  })
})

it.each([
  ['win32', 'arm64'],
  ['linux', 'ia32'],
  ['freebsd', 'x64'],
])('%s on %s has no package: a program on PATH is used', (os, cpu) => {
  expect(anvilModule(os, cpu)).toBeNull()
})

describe.each(['linux', 'darwin', 'win32'] as const)('the guard for %s', (os) => {
  const guarded = (...command: string[]) => {
    const folder = mkdtempSync(join(tmpdir(), 'venice-onboard-guard-'))
    const [program, ...words] = guardFor(os)
    const guard = spawn(program, [...words, folder, ...command], { stdio: ['pipe', 'pipe', 'ignore'] })
    return { folder, guard, closed: once(guard, 'close') }
  }

  it('ends the program and removes its folder when its own input ends', async () => {
    const { folder, guard, closed } = guarded(
      process.execPath,
      '-e',
      'console.log(process.pid); setInterval(() => {}, 1e6)',
    )
    const [pid] = await once(guard.stdout, 'data')
    guard.stdin.end()
    await closed
    expect(() => process.kill(Number(pid), 0)).toThrow('ESRCH')
    expect(existsSync(folder)).toBe(false)
  })

  it('reports that the program has ended by itself', async () => {
    const { guard, closed } = guarded(process.execPath, '-e', '')
    guard.stdout.resume()
    await once(guard.stdout, 'end')
    guard.stdin.end()
    await closed
  })
})

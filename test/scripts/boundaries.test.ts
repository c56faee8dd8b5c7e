import { describe, expect, it } from 'vitest'
import { violationsIn } from '../../scripts/boundaries.ts'

/** The violations of files, each given with its imports. */
const check = (files: Record<string, string>): string[] =>
  violationsIn(new Map(Object.entries(files).map(([path, specifier]) => [path, `import { x } from '${specifier}'\n`])))

describe('the import rules', () => {
  it('let the parts import in their direction', () => {
    expect(
      check({
        'machines/onboarding/machine.ts': '../../src/domain/amounts.ts',
        'src/adapters/chain/create-chain.ts': 'viem/chains',
        'src/adapters/sinks/file.ts': '../clock.ts',
        'src/driver/driver.ts': '../../machines/onboarding/machine.ts',
        'src/cli/wiring.ts': '../sandbox/sandbox.ts',
      }),
    ).toEqual([])
  })

  it.each([
    ['machines/onboarding/machine.ts', '../../src/ports/chain.ts'],
    ['machines/onboarding/machine.ts', 'viem'],
    ['src/domain/amounts.ts', '../errors/base.ts'],
    ['src/errors/base.ts', '../ports/chain.ts'],
    ['src/ports/chain.ts', 'viem'],
    ['src/adapters/sinks/file.ts', '../venice/client.ts'],
    ['src/adapters/venice/client.ts', '../../driver/driver.ts'],
    ['src/driver/driver.ts', 'node:fs'],
    ['src/driver/driver.ts', '../adapters/clock.ts'],
    ['src/driver/driver.ts', 'viem'],
    ['src/diagram/graph.ts', '../../machines/onboarding/machine.ts'],
    ['src/operations/run-onboarding.ts', '../../sandbox/sandbox.ts'],
    ['src/cli/main.ts', 'viem'],
    ['src/index.ts', './sandbox/sandbox.ts'],
    ['src/new/thing.ts', '../domain/amounts.ts'],
  ])('keep %s from importing %s', (file, specifier) => {
    expect(check({ [file]: specifier })).toEqual([expect.stringMatching(new RegExp(`^${file}:1: ${file} → `))])
  })

  it('distinguish a package from one whose name begins with its name', () => {
    expect(check({ 'src/adapters/chain/create-chain.ts': 'viem-extras' })).toHaveLength(1)
  })

  it('find types, dynamic imports and exports, each at its line', () => {
    const text = "\nimport type { A } from 'viem'\n\nexport { b } from 'node:fs'\nconst c = await import('zod')\n"
    const lines = violationsIn(new Map([['src/domain/amounts.ts', text]])).map((line) => line.split(': ')[0])
    expect(lines).toEqual(['src/domain/amounts.ts:2', 'src/domain/amounts.ts:4', 'src/domain/amounts.ts:5'])
  })

  it('find circular imports', () => {
    const circle = { 'src/domain/a.ts': './b.ts', 'src/domain/b.ts': './c.ts', 'src/domain/c.ts': './a.ts' }
    expect(check(circle)).toEqual(['src/domain/c.ts:1: src/domain/c.ts → src/domain/a.ts: this closes a circle'])
  })

  it('let only the files that parse the command line know its options', () => {
    const users = {
      'src/cli/main.ts': './options.ts',
      'src/cli/fleet-commands.ts': './fleet-request-of.ts',
      'src/cli/wiring.ts': './options.ts',
      'src/cli/commands/run.ts': '../request-of.ts',
    }
    expect(check(users)).toEqual([
      expect.stringContaining('src/cli/wiring.ts → src/cli/options.ts'),
      expect.stringContaining('src/cli/commands/run.ts → src/cli/request-of.ts'),
    ])
  })

  it('let only the composition create ports of endpoints', () => {
    const made = {
      'src/cli/wiring.ts': '../adapters/chain/create-chain.ts',
      'src/library/a.ts': '../adapters/venice/client.ts',
    }
    expect(check(made)).toEqual([
      'src/cli/wiring.ts:1: src/cli/wiring.ts → src/adapters/chain/create-chain.ts: only src/compose makes a port of it',
      'src/library/a.ts:1: src/library/a.ts → src/adapters/venice/client.ts: only src/compose makes a port of it',
    ])
    expect(check({ 'src/compose/chain.ts': '../adapters/chain/create-chain.ts' })).toEqual([])
  })

  it('let only the CLI read the environment', () => {
    const text = 'const home = process.env.HOME\n'
    const sources = new Map(['src/cli/environment.ts', 'src/adapters/clock.ts'].map((path) => [path, text]))
    expect(violationsIn(sources)).toEqual([
      'src/adapters/clock.ts:1: src/adapters/clock.ts → process.env: only src/cli reads it',
    ])
  })
})

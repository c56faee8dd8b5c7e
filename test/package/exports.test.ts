import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { errorClassesIn } from '../../scripts/error-classes.ts'
import * as core from '../../src/core.ts'
import * as errors from '../../src/errors.ts'
import * as program from '../../src/index.ts'

const root = join(import.meta.dirname, '../..')
const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  exports: Record<string, string | { types: string; default: string }>
}

test('the main entry exports only the values that programs use', () => {
  expect(Object.keys(program).sort()).toEqual([
    'OnboardingError',
    'callsWallet',
    'createRun',
    'createTools',
    'execSigner',
    'keystoreSigner',
    'kmsSigner',
    'onboard',
    'onboardingMachine',
    'openSink',
    'privateKeyFileSigner',
    'signerFrom',
    'smartAccount',
    'sponsorAgents',
    'veniceFetch',
  ])
})

test('only the machine is exported by both the main entry and the core', () => {
  expect(Object.keys(core).filter((name) => name in program)).toEqual(['onboardingMachine'])
})

test('every error class is exported by the entry for errors', () => {
  const names = errorClassesIn(join(root, 'src/errors')).map(({ name }) => name)
  expect(names.filter((name) => !(name in errors))).toEqual([])
})

test('each entry of the package is built from a source file of the same name', () => {
  for (const [entry, target] of Object.entries(exports)) {
    if (typeof target === 'string') continue
    const name = entry === '.' ? 'index' : entry.slice(2)
    expect(target).toEqual({ types: `./dist/src/${name}.d.ts`, default: `./dist/src/${name}.js` })
    expect(existsSync(join(root, `src/${name}.ts`)), entry).toBe(true)
  }
})

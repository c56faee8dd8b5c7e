import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const root = join(import.meta.dirname, '../..')
const run = promisify(execFile)

/** Bundles by copying, and records each bundling with the names of its environment. */
const BUNDLER = `
import { appendFileSync, copyFileSync, mkdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
const at = dirname(import.meta.dirname)
const outDir = process.argv[2]
appendFileSync(join(at, 'bundled'), Object.keys(process.env).join(' ') + '\\n')
mkdirSync(outDir, { recursive: true })
copyFileSync(join(at, 'src/program.js'), join(outDir, 'venice-onboard.js'))
EDIT
`

/** A clone whose only source prints `text`. @param edit - done by the first bundler, after it has read. */
function makeClone(text: string, edit = '') {
  const folder = temporaryDirectory()
  for (const name of ['src', 'machines', 'scripts', 'node_modules']) mkdirSync(join(folder, name))
  cpSync(join(root, 'scripts/cli.mjs'), join(folder, 'scripts/cli.mjs'))
  writeFileSync(join(folder, 'scripts/bundle.ts'), BUNDLER.replace('EDIT', edit))
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
  symlinkSync(join(root, 'node_modules/tsx'), join(folder, 'node_modules/tsx'))
  const source = join(folder, 'src/program.js')
  const write = (said: string) => writeFileSync(source, `console.log('${said}', process.argv.slice(2).join())`)
  write(text)
  return {
    folder,
    source,
    write,
    start: async (env: Record<string, string> = {}) => {
      const program = [join(folder, 'scripts/cli.mjs'), 'status', '--json']
      const { stdout } = await run(process.execPath, program, { env: { PATH: process.env.PATH, ...env } })
      return stdout.trimEnd()
    },
    bundled: () => readFileSync(join(folder, 'bundled'), 'utf8').trimEnd().split('\n'),
    kept: () => readdirSync(join(folder, 'node_modules/.cache/venice-onboard/clone')),
  }
}

test('the command in a clone is bundled once, and receives the typed arguments', async () => {
  const clone = makeClone('one')
  expect(await clone.start()).toBe('one status,--json')
  expect(await clone.start()).toBe('one status,--json')
  expect(clone.bundled()).toHaveLength(1)
})

test('the command is bundled again when a source changes with the same size and time', async () => {
  const clone = makeClone('one')
  const time = new Date('2026-01-01')
  utimesSync(clone.source, time, time)
  await clone.start()
  clone.write('two')
  utimesSync(clone.source, time, time)
  expect(await clone.start()).toBe('two status,--json')
})

test.each(['machines/new.ts', 'src/deep/new.ts', 'package-lock.json', 'node_modules/.package-lock.json'])(
  'the command is bundled again when %s appears',
  async (path) => {
    const clone = makeClone('one')
    await clone.start()
    mkdirSync(join(clone.folder, path, '..'), { recursive: true })
    writeFileSync(join(clone.folder, path), '')
    await clone.start()
    expect(clone.bundled()).toHaveLength(2)
  },
)

test('two first starts at once both run, and leave one bundle', async () => {
  const clone = makeClone('one')
  expect(await Promise.all([clone.start(), clone.start()])).toEqual(['one status,--json', 'one status,--json'])
  expect(clone.kept()).toHaveLength(1)
})

test('a source that is saved during the bundling is the one that runs', async () => {
  const edit = `
import { writeFileSync } from 'node:fs'
if (readFileSync(join(at, 'bundled'), 'utf8').split('\\n').length === 2)
  writeFileSync(join(at, 'src/program.js'), "console.log('two')")`
  const clone = makeClone('one', edit)
  expect(await clone.start()).toBe('two')
  expect(clone.kept()).toHaveLength(1)
})

test('only a bundle that was not started for a week is removed', async () => {
  const clone = makeClone('one')
  await clone.start()
  const [old = ''] = clone.kept()
  const time = new Date(Date.now() - 8 * 24 * 3_600_000)
  utimesSync(join(clone.folder, 'node_modules/.cache/venice-onboard/clone', old), time, time)
  clone.write('two')
  await clone.start()
  clone.write('three')
  await clone.start()
  expect(clone.kept()).toHaveLength(2)
  expect(clone.kept()).not.toContain(old)
})

test('the bundler does not receive the wallet’s key', async () => {
  const clone = makeClone('one')
  await clone.start({ WALLET_PRIVATE_KEY: `0x${'1'.repeat(64)}`, BASE_RPC_URL: 'http://127.0.0.1' })
  expect(clone.bundled().join(' ')).not.toMatch(/WALLET_PRIVATE_KEY|BASE_RPC_URL/)
})

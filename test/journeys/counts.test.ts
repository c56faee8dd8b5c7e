import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { runCli } from '../support/cli.ts'
import { newFolder, useSandbox } from '../support/sandbox.ts'
import { parseTrace } from '../telemetry/trace.ts'

const lab = useSandbox()
const preload = [fileURLToPath(new URL('../support/log-modules.mjs', import.meta.url))]

/** Files of the program that were loaded before the first request, and their size together. */
function loadedIn(stderr: string): { files: number; kilobytes: number } {
  const lines = stderr.split('\n')
  const asked = lines.indexOf('asks')
  const urls = (asked === -1 ? lines : lines.slice(0, asked)).filter((line) => line.startsWith('loads file:'))
  const paths = urls.map((line) => fileURLToPath(line.slice('loads '.length))).filter((path) => path.endsWith('.js'))
  return { files: paths.length, kilobytes: paths.reduce((sum, path) => sum + statSync(path).size, 0) / 1_000 }
}

// Bounds on what is counted; with some room for code to come, but not for a library. Times are for `npm run bench`: here they
// would depend on the machine.
const FILES = { help: 3, status: 5, run: 5 }
const KILOBYTES = { help: 230, status: 450, run: 310 }
/** Eleven of the record, and the key. */
const WRITES = 12

describe('what is loaded', () => {
  test('for --help is the words of the command line alone', async () => {
    const { code, stderr } = await runCli(['--help'], { cwd: newFolder(), preload })
    const { files, kilobytes } = loadedIn(stderr)
    expect(code).toBe(0)
    expect(files).toBeLessThanOrEqual(FILES.help)
    expect(kilobytes).toBeLessThanOrEqual(KILOBYTES.help)
  })

  test('for status is without the chain', async () => {
    const journey = await lab.begin()
    await journey.run()
    const { code, stderr } = await runCli(['status'], { cwd: journey.cwd, preload })
    const { files, kilobytes } = loadedIn(stderr)
    expect(code).toBe(0)
    expect(files).toBeLessThanOrEqual(FILES.status)
    expect(kilobytes).toBeLessThanOrEqual(KILOBYTES.status)
  })

  test('for a command that is refused is no more than its own code', async () => {
    const { code, stderr } = await runCli(['status'], { cwd: newFolder(), preload })
    const { files, kilobytes } = loadedIn(stderr)
    expect(code).not.toBe(0)
    expect(files).toBeLessThanOrEqual(FILES.status + 1)
    expect(kilobytes).toBeLessThanOrEqual(KILOBYTES.status)
  })

  test('until the first request of a run is without sandbox, page and what other commands need', async () => {
    const journey = await lab.begin()
    const { code, stderr } = await journey.run([], { preload })
    const { files, kilobytes } = loadedIn(stderr)
    expect(code).toBe(0)
    expect(files).toBeLessThanOrEqual(FILES.run)
    expect(kilobytes).toBeLessThanOrEqual(KILOBYTES.run)
  })
})

describe('a run', () => {
  test('asks the chain in few requests, and flushes no more than its promises need', async () => {
    const journey = await lab.begin()
    const { code } = await journey.run(['--trace', 'trace.json'])
    expect(code).toBe(0)
    const spans = parseTrace(readFileSync(join(journey.cwd, 'trace.json'), 'utf8'))
    const of = (lane: string) => spans.filter((span) => span.lane === lane)
    const calls = of('RPC').reduce((sum, { args }) => sum + Number(args.calls), 0)
    expect(of('RPC').length).toBeLessThanOrEqual(7)
    expect(calls).toBeLessThanOrEqual(22)
    expect(of('Venice').length).toBeLessThanOrEqual(3)
    expect(of('durable writes').length).toBeLessThanOrEqual(WRITES)
  })
})

import { spawnSync } from 'node:child_process'
import { appendFileSync, mkdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type CliRun, isAt, isDoing, pathOf, type RunningCli } from '../support/cli.ts'
import { envelopeIn, runDirectoryOf } from '../support/records.ts'
import { type Journey, MINT, useSandbox } from '../support/sandbox.ts'

const lab = useSandbox()

const MEGABYTE = 1_048_576
/** The shell finds it, so the probe accepts it; it stores no key. */
const FAILING = 'exec:exit 1'

const lastResortOf = (journey: Journey): string => join(runDirectoryOf(journey), 'api-key')
const textOf = (path: string): string => readFileSync(path, 'utf8').trimEnd()

/** Starts a run, and breaks something between the probe of the sinks and the answer of the mint. */
async function breaking(
  journey: Journey,
  words: readonly string[],
  breakIt: (running: RunningCli) => void,
): Promise<RunningCli> {
  lab.fault(MINT, { kind: 'delay', ms: 700 })
  const running = journey.start(words.flatMap((place) => ['--save-key', place]))
  await running.event(isDoing('mintKey'))
  breakIt(running)
  return running
}

/** The one key that Venice made is in `path`, and the run reports `sink` and the reason. */
function expectStoredIn(journey: Journey, { code, json }: CliRun, at: { path: string; sink: string; failed: string }) {
  expect(code).toBe(0)
  const [key, ...others] = journey.keys()
  expect(others).toEqual([])
  expect(textOf(at.path)).toBe(lab.sandbox.venice.secretOf(key?.id ?? ''))
  expect(statSync(at.path).mode & 0o777).toBe(0o600)
  expect(json.key).toMatchObject({ sink: at.sink, last6: textOf(at.path).slice(-6) })
  const said = `The key could not be stored in ${at.failed}; it is in ${at.sink}.`
  expect(json.warnings).toContainEqual(expect.stringContaining(said))
}

describe('when a sink fails after the mint', () => {
  test('because its command exits 1, the next sink stores the key and doctor checks with it', async () => {
    const journey = await lab.begin()
    const words = ['--save-key', FAILING, '--save-key', 'file:backup']
    const run = await journey.run(words)
    expectStoredIn(journey, run, { path: join(journey.cwd, 'backup'), sink: 'file:backup', failed: FAILING })
    const [told, untold] = await Promise.all([
      journey.command(['doctor', '--json', ...words]),
      journey.command(['doctor', '--json']),
    ])
    expect(told.json.checks).toContainEqual(expect.objectContaining({ name: 'key', status: 'ok' }))
    expect(told.json.checks).toContainEqual(expect.objectContaining({ name: 'fallback sink', detail: 'file:backup' }))
    expect(untold.json.checks).toContainEqual(
      expect.objectContaining({
        name: 'key',
        status: 'warn',
        fix: expect.stringContaining("--save-key 'file:backup'"),
      }),
    )
    const funding = await journey.run(['--require-funded'])
    expect(funding.json.funding).toMatchObject({ spendable: null, reason: expect.stringContaining('file:backup') })
  })

  test('because its disk is full, the run directory stores the key', async () => {
    const journey = await lab.begin()
    const path = lastResortOf(journey)
    const run = await journey.run(['--save-key', 'exec:cat > /dev/full'])
    expectStoredIn(journey, run, { path, sink: `file:${path}`, failed: 'exec:cat > /dev/full' })
    const doctor = await journey.command(['doctor', '--json'])
    expect(doctor.json.checks).toContainEqual(expect.objectContaining({ name: 'key', status: 'ok' }))
  })

  test('because of a file size limit, the sink keeps its old content and the key is stored elsewhere', async () => {
    const journey = await lab.begin()
    const running = await breaking(journey, ['env-file:.env'], ({ pid }) => {
      appendFileSync(join(journey.cwd, '.env'), `# ${'x'.repeat(2 * MEGABYTE)}\n`)
      expect(spawnSync('prlimit', ['--pid', String(pid), `--fsize=${MEGABYTE}`]).status).toBe(0)
    })
    const path = lastResortOf(journey)
    expectStoredIn(journey, await running.done, { path, sink: `file:${path}`, failed: 'env-file:.env' })
    expect(statSync(join(journey.cwd, '.env')).size).toBeGreaterThan(2 * MEGABYTE)
  })

  test('because its directory is gone, the first fallback that works stores the key', async () => {
    const journey = await lab.begin()
    mkdirSync(join(journey.cwd, 'keys'))
    const running = await breaking(journey, ['file:keys/a', 'file:keys/b', 'file:c', 'file:d'], () =>
      rmSync(join(journey.cwd, 'keys'), { recursive: true }),
    )
    expectStoredIn(journey, await running.done, {
      path: join(journey.cwd, 'c'),
      sink: 'file:c',
      failed: 'file:keys/a or file:keys/b',
    })
  })
})

test('an unusable fallback causes only a warning', async () => {
  const journey = await lab.begin()
  const run = await journey.run(['--save-key', 'env-file:.env', '--save-key', 'file:no/such/folder/key'])
  expect(run.json).toMatchObject({ outcome: 'unfunded', key: { sink: 'env-file:.env' } })
  expect(run.json.warnings).toEqual([expect.stringMatching(/^file:no\/such\/folder\/key would not take the key/)])
})

test('a kill just after a fallback stored the key: the same command finds it and mints no other', async () => {
  const journey = await lab.begin()
  const preload = [new URL('../crash/crash-after.mjs', import.meta.url).pathname]
  const killed = await journey.run(['--save-key', FAILING], { preload, env: { CRASH_AFTER: '/api-key' } })
  expect(killed.signal).toBe('SIGKILL')
  expect(envelopeIn(journey).snapshot.context.record).toMatchObject({ key: null, mints: [{ status: 'posting' }] })
  const path = lastResortOf(journey)
  const run = await journey.run(['--save-key', FAILING])
  expectStoredIn(journey, run, { path, sink: `file:${path}`, failed: FAILING })
  expect(run.json.funding).toMatchObject({ spendable: false })
})

test('reclaim does not touch the stored key of a killed run', async () => {
  const journey = await lab.begin()
  const preload = [new URL('../crash/crash-after.mjs', import.meta.url).pathname]
  await journey.run([], { preload, env: { CRASH_AFTER: '/.env' } })
  const reclaim = await journey.command(['keys', 'reclaim', '--json', '--yes', '--with-admin-key'])
  expect(reclaim.json.keys).toMatchObject([{ status: 'held', last6: journey.storedKey()?.slice(-6) }])
  const run = await journey.run()
  expect(run.json).toMatchObject({ outcome: 'unfunded', key: { sink: 'env-file:.env' }, orphans: [] })
  expect(journey.keys().map(({ type, revoked }) => [type, revoked])).toEqual([
    ['INFERENCE', false],
    ['ADMIN', true],
  ])
})

describe('when every sink refuses the key', () => {
  /** Neither the folder `keys` nor the run directory can store a key. */
  const breakAll = (journey: Journey) => () => {
    rmSync(join(journey.cwd, 'keys'), { recursive: true })
    mkdirSync(lastResortOf(journey))
  }
  const begin = async () => {
    const journey = await lab.begin()
    mkdirSync(join(journey.cwd, 'keys'))
    return journey
  }

  test('the key is stored as soon as one sink works', async () => {
    const journey = await begin()
    const running = await breaking(journey, ['file:keys/a'], breakAll(journey))
    const { failure } = (await running.event(isAt('mint.storeLater'))) as { failure: { message: string } }
    expect(failure.message).toMatch(/^The key could not be stored in file:keys\/a/)
    mkdirSync(join(journey.cwd, 'keys'))
    const run = await running.done
    expect(run.json).toMatchObject({ outcome: 'unfunded', key: { sink: 'file:keys/a' }, orphans: [] })
    expect(textOf(join(journey.cwd, 'keys', 'a')).slice(-6)).toBe(run.json.key?.last6)
    expect(journey.keys()).toHaveLength(1)
    expect(pathOf(run)).toContain('mint.store')
  })

  test('and the process dies, the record says that a key may exist, and the key can be reclaimed', async () => {
    const journey = await begin()
    const running = await breaking(journey, ['file:keys/a'], breakAll(journey))
    await running.event(isAt('mint.storeLater'))
    await running.kill('SIGKILL')
    const [made] = journey.keys()
    const status = await journey.command(['status'])
    expect(status.stdout).toContain(`A key labelled "${made?.description}" may exist`)
    const unsearchable = await journey.run()
    expect(unsearchable).toMatchObject({ code: 78, json: { failure: { code: 'sink/not-searchable' } } })
    rmSync(lastResortOf(journey), { recursive: true })
    const run = await journey.run()
    expect(run.json.orphans).toMatchObject([{ label: made?.description, status: 'lost' }])
    expect((await journey.command(['keys', 'reclaim', '--yes', '--with-admin-key'])).code).toBe(0)
    expect(
      journey
        .keys()
        .filter(({ revoked }) => !revoked)
        .map(({ id }) => lab.sandbox.venice.secretOf(id)),
    ).toEqual([journey.storedKey()])
  })
})

test('plan lists the key sinks in order', async () => {
  const journey = await lab.begin()
  const plan = await journey.command(['plan', '--json', '--save-key', 'venice-cli', '--save-key', 'env-file:.env'])
  expect(plan.json.sinks).toEqual(['venice-cli', 'env-file:.env', `file:${lastResortOf(journey)}`])
  const same = await journey.command(['plan', '--json', '--save-key', `file:${lastResortOf(journey)}`])
  expect(same.json.sinks).toHaveLength(1)
})

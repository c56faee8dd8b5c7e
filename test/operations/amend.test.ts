import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { RunRecord } from '../../machines/onboarding/context.ts'
import { acquireLock } from '../../src/adapters/locks/lock.ts'
import { runDirectory } from '../../src/adapters/stores/run-directory.ts'
import type { Envelope } from '../../src/driver/envelope.ts'
import type { RunEvent } from '../../src/driver/events.ts'
import { TooManyKeysError } from '../../src/errors/venice/all.ts'
import { withRecord } from '../../src/operations/amend.ts'
import { type RunOptions, runOnboarding } from '../../src/operations/run-onboarding.ts'
import { ADDRESS } from '../support/samples.ts'
import { fakeWorld, type WorldOptions } from '../support/world.ts'

/** This process's own chain id, so that its locks do not conflict with others. */
const chainId = 3_000_000 + process.pid

const warned = (record: RunRecord): RunRecord => ({ ...record, warnings: [...record.warnings, 'amended'] })

function setUp(options: WorldOptions = {}) {
  const stateDir = mkdtempSync(join(tmpdir(), 'venice-onboard-test-'))
  onTestFinished(() => rmSync(stateDir, { recursive: true, force: true }))
  const world = fakeWorld(options)
  const place = { stateDir, chainId, address: ADDRESS, clock: world.clock }
  const directory = runDirectory(place)
  const path = join(directory, 'run.json')
  return {
    world,
    path,
    place,
    run: (changes: Partial<RunOptions> = {}) => runOnboarding({ ports: world.ports, chainId, stateDir, ...changes }),
    amend: (change = warned) => withRecord(place, (held) => held.amend('test', change)),
    onDisk: () => (JSON.parse(readFileSync(path, 'utf8')) as { envelope: Envelope }).envelope,
    lastLine: () =>
      JSON.parse(readFileSync(join(directory, 'journal.ndjson'), 'utf8').trimEnd().split('\n').at(-1) ?? ''),
  }
}

/** Pauses the run when it reaches `state`. */
function pauseAt(state: string): Pick<RunOptions, 'signal' | 'onEvent'> {
  const pause = new AbortController()
  const onEvent = (event: RunEvent) => {
    if (event.type === 'transition' && event.to === state) pause.abort(new Error('SIGINT'))
  }
  return { signal: pause.signal, onEvent }
}

describe('an amendment', () => {
  it('of a finished run is one more revision with a journal line, and leaves it finished', async () => {
    const { run, amend, onDisk, lastLine } = setUp()
    const before = await run()
    const { revision } = onDisk()
    await amend()
    expect(onDisk()).toMatchObject({ revision: revision + 1, pass: 1, snapshot: { status: 'done' } })
    expect(lastLine()).toMatchObject({
      revision: revision + 1,
      cause: 'test',
      to: 'funded',
      view: { warnings: ['amended'] },
    })
    expect(await run()).toEqual({ ...before, warnings: ['amended'], wasFinished: true })
  })

  it('of a running run starts a new pass, which continues from what was done', async () => {
    const { run, amend, onDisk, world } = setUp()
    await run(pauseAt('awaitConfirmation.watch'))
    const { revision } = onDisk()
    await amend()
    expect(onDisk()).toMatchObject({ revision: revision + 1, pass: 2, due: { src: 'watchTransactions' } })
    expect(await run()).toMatchObject({ outcome: 'funded', warnings: ['amended'] })
    expect(world.sent).toHaveLength(2)
  })

  it('of a running mint is the input of its next effect', async () => {
    const { run, amend, world } = setUp()
    await run(pauseAt('mint.post'))
    await amend((record) => ({ ...record, mints: record.mints.map((intent) => ({ ...intent, status: 'reclaimed' })) }))
    expect(await run()).toMatchObject({ outcome: 'funded', orphans: [] })
    expect(world.keys).toHaveLength(1)
    expect(world.counts.challenges).toBe(2)
  })

  it('of a failed run leaves it failed, and the next run starts from it', async () => {
    const { run, amend, onDisk } = setUp({ mints: [new TooManyKeysError()] })
    await run()
    await amend()
    expect(onDisk().snapshot.context.failure).toMatchObject({ code: 'venice/too-many-keys' })
    expect(await run()).toMatchObject({ outcome: 'funded', warnings: ['amended'] })
  })

  it('that changes nothing writes nothing', async () => {
    const { run, amend, path } = setUp()
    await run()
    const before = readFileSync(path, 'utf8')
    await amend((record) => record)
    expect(readFileSync(path, 'utf8')).toBe(before)
  })

  it('can be followed by others under the same lock, each durable before the next', async () => {
    const { run, place, onDisk } = setUp()
    await run()
    const revisions = await withRecord(place, async (held) => {
      const seen = [held.revision]
      for (let n = 0; n < 2; n += 1) {
        await held.amend('test', warned)
        expect(onDisk().revision).toBe(held.revision)
        seen.push(held.revision)
      }
      return [...seen, held.record.warnings.length]
    })
    expect(revisions).toEqual([revisions[0], (revisions[0] ?? 0) + 1, (revisions[0] ?? 0) + 2, 2])
  })
})

describe('a record that must not be changed', () => {
  it('is left alone because another process holds the wallet', async () => {
    const { run, amend, path } = setUp()
    await run()
    const before = readFileSync(path, 'utf8')
    const lock = await acquireLock({ chainId, address: ADDRESS })
    await expect(amend()).rejects.toMatchObject({ code: 'store/locked', exit: 'locked' })
    await lock.release()
    expect(readFileSync(path, 'utf8')).toBe(before)
  })

  it('is left alone because it is not trusted, and the lock is released', async () => {
    const { run, amend, path } = setUp()
    await run()
    const altered = readFileSync(path, 'utf8').replace('"revision":', '"revision":1')
    writeFileSync(path, altered)
    for (let n = 0; n < 2; n += 1) await expect(amend()).rejects.toMatchObject({ code: 'store/corrupt' })
    expect(readFileSync(path, 'utf8')).toBe(altered)
  })

  it('is an error of its own when it does not exist', async () => {
    await expect(setUp().amend()).rejects.toMatchObject({ code: 'run/none' })
  })
})

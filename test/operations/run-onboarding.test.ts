import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { acquireLock } from '../../src/adapters/locks/lock.ts'
import { runDirectory } from '../../src/adapters/stores/run-directory.ts'
import type { RunEvent } from '../../src/driver/events.ts'
import { RpcError } from '../../src/errors/chain/endpoints.ts'
import { TooManyKeysError } from '../../src/errors/venice/all.ts'
import { type RunOptions, runOnboarding } from '../../src/operations/run-onboarding.ts'
import { ADDRESS, VVV } from '../support/samples.ts'
import { CHALLENGE_TEXT, fakeWorld, SIGNATURE, type WorldOptions } from '../support/world.ts'

/** This process's own chain id, so that its locks do not conflict with others. */
const chainId = 2_000_000 + process.pid

function setUp(options: WorldOptions = {}) {
  const stateDir = mkdtempSync(join(tmpdir(), 'venice-onboard-test-'))
  onTestFinished(() => rmSync(stateDir, { recursive: true, force: true }))
  const world = fakeWorld(options)
  const run = (changes: Partial<RunOptions> = {}) =>
    runOnboarding({ ports: world.ports, chainId, stateDir, ...changes })
  return { world, run, stateDir, directory: runDirectory({ stateDir, chainId, address: ADDRESS }) }
}
const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8)

/** Pauses the run when it reaches `state`. */
function pauseAt(state: string): Pick<RunOptions, 'signal' | 'onEvent'> {
  const pause = new AbortController()
  const onEvent = (event: RunEvent) => {
    if (event.type === 'transition' && event.to === state) pause.abort(new Error('SIGINT'))
  }
  return { signal: pause.signal, onEvent }
}

describe('a run stored in files', () => {
  it('restricts record and journal to their owner', async () => {
    const { run, directory } = setUp()
    expect(await run()).toMatchObject({ outcome: 'funded', wasFinished: false })
    expect(readdirSync(directory).toSorted()).toEqual(['journal.ndjson', 'run.json', 'run.json.prev'])
    expect(readdirSync(directory).map((name) => modeOf(join(directory, name)))).toEqual(['600', '600', '600'])
    expect(modeOf(directory)).toBe('700')
  })

  it('writes its journal in the order of revisions', async () => {
    const { run, directory } = setUp()
    await run()
    const lines = readFileSync(join(directory, 'journal.ndjson'), 'utf8').trimEnd().split('\n')
    const revisions = lines.map((line) => (JSON.parse(line) as { revision: number }).revision)
    expect(revisions).toEqual(revisions.map((_, index) => index + 1))
  })

  it('writes no secret anywhere', async () => {
    const { run, directory, world } = setUp()
    const result = await run()
    const texts = [
      ...readdirSync(directory).map((name) => readFileSync(join(directory, name), 'utf8')),
      JSON.stringify(result),
    ]
    for (const secret of [CHALLENGE_TEXT, SIGNATURE, world.held ?? 'none']) {
      for (const text of texts) expect(text).not.toContain(secret)
    }
  })

  it('that is finished answers without a request', async () => {
    const { run, world } = setUp()
    const first = await run()
    const before = structuredClone([world.counts, world.sent, world.keys])
    const again = await run()
    expect(again).toEqual({ ...first, wasFinished: true })
    expect([world.counts, world.sent, world.keys]).toEqual(before)
  })

  it('that was paused resumes where it was, and sends nothing again', async () => {
    const { run, world } = setUp()
    expect(await run(pauseAt('awaitConfirmation.watch'))).toMatchObject({ outcome: 'paused', recoverable: true })
    expect(await run()).toMatchObject({ outcome: 'funded' })
    expect(world.sent).toHaveLength(2)
    expect(world.counts.transactions).toBe(2)
  })

  it('that failed starts a new pass with the same run id', async () => {
    const { run, world } = setUp({ mints: [new TooManyKeysError()] })
    const failed = await run()
    expect(failed).toMatchObject({ outcome: 'failed', failure: { code: 'venice/too-many-keys' } })
    const again = await run()
    expect(again).toMatchObject({ outcome: 'funded', runId: failed.runId })
    expect(again.skipped).toEqual([{ stage: 'stake', why: expect.stringContaining('This run staked already') }])
    expect(world.sent).toHaveLength(2)
  })

  it('waits for funds as long as requested', async () => {
    const { run, world } = setUp({ vvv: 0n })
    expect(await run({ waitForFundsMs: 60_000 })).toMatchObject({
      outcome: 'failed',
      failure: { code: 'wallet/insufficient-vvv' },
    })
    expect(world.clock.wakes).toHaveLength(6)
  })
})

describe('options other than those of the run', () => {
  const more = { wanted: { stakeAmount: 2n * VVV } }
  const changed = { code: 'run/request-changed', facts: [expect.stringMatching(/^stake: 1 VVV in the run, 2/)] }

  it('are refused while the run is unfinished', async () => {
    const { run } = setUp()
    await run(pauseAt('awaitConfirmation.watch'))
    await expect(run(more)).rejects.toMatchObject(changed)
    await expect(run()).resolves.toMatchObject({ outcome: 'funded' })
  })

  it('are refused when the run is finished', async () => {
    const { run } = setUp()
    await run()
    await expect(run(more)).rejects.toMatchObject(changed)
    await expect(run({ wanted: { key: { type: 'ADMIN' } } })).rejects.toMatchObject({ code: changed.code })
  })

  it('are accepted when the run has failed, and only the missing part is staked', async () => {
    const { run, world } = setUp({ mints: [new TooManyKeysError()] })
    await run()
    expect(await run(more)).toMatchObject({ outcome: 'funded' })
    expect(world.wallet.sVvv).toBe(2n * VVV)
    expect(world.sent.map(({ purpose }) => purpose)).toEqual(['approve', 'stake', 'approve', 'stake'])
  })

  it('can be omitted', async () => {
    const { run } = setUp()
    await run({ ...more, ...pauseAt('awaitConfirmation.watch') })
    expect(await run()).toMatchObject({ outcome: 'funded', spent: { vvv: (2n * VVV).toString() } })
  })
})

describe('a wallet that another process works on', () => {
  it('is left alone', async () => {
    const { run, world, directory } = setUp()
    const lock = await acquireLock({ chainId, address: ADDRESS })
    await expect(run()).rejects.toMatchObject({ code: 'store/locked', exit: 'locked' })
    expect(() => statSync(directory)).toThrow('ENOENT')
    expect(world.counts.transactions).toBe(0)
    await lock.release()
    expect(await run()).toMatchObject({ outcome: 'funded' })
  })

  it('is free again after an unreadable run', async () => {
    const { run, directory } = setUp()
    await run()
    writeFileSync(join(directory, 'run.json'), '{')
    for (let n = 0; n < 2; n += 1) await expect(run()).rejects.toMatchObject({ code: 'store/corrupt' })
    expect(readFileSync(join(directory, 'run.json'), 'utf8')).toBe('{')
  })
})

describe('an endpoint that is down', () => {
  it('leaves a run that can be repeated', async () => {
    const { run, world } = setUp()
    const survey = async () => {
      throw new RpcError('down')
    }
    const down = { ...world.ports, chain: { ...world.ports.chain, survey } }
    expect(await run({ ports: down })).toMatchObject({ outcome: 'failed', recoverable: true })
    expect(await run()).toMatchObject({ outcome: 'funded' })
  })
})

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { systemClock } from '../../src/adapters/clock.ts'
import type { FleetServerMissingError } from '../../src/errors/fleet.ts'
import { parseOrder } from '../../src/fleet/order.ts'
import { createRuns } from '../../src/fleet/runs.ts'
import { createSeats } from '../../src/fleet/seats.ts'
import { loadSdk } from '../../src/hosts/restate/sdk.ts'
import { findServer, startServer } from '../../src/hosts/restate/server.ts'
import { ADDRESS } from '../support/samples.ts'
import { shown } from '../support/told.ts'
import { fakeWorld } from '../support/world.ts'
import { order } from './engine.ts'

const newDirectory = (): string => {
  const directory = mkdtempSync(join(tmpdir(), 'venice-onboard-server-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

describe('a missing dependency', () => {
  it('is named with the command that installs it: the SDK', async () => {
    const absent = Object.assign(new Error('Cannot find package'), { code: 'ERR_MODULE_NOT_FOUND' })
    const loading = loadSdk(async () => {
      throw absent
    })
    await expect(loading).rejects.toMatchObject({
      code: 'fleet/sdk-missing',
      hint: expect.stringContaining('npm install @restatedev/restate-sdk@1.14.5'),
    })
  })

  it('is named with the command that installs it: the server', async () => {
    expect(findServer({ platform: 'plan9', arch: 'mips' })).toBeNull()
    const starting = startServer({ directory: newDirectory(), env: {}, program: null })
    const error = await starting.then(
      () => null,
      (reason: FleetServerMissingError) => reason,
    )
    expect(error?.code).toBe('fleet/server-missing')
    expect(shown(error?.hint ?? '')).toContain('npm install')
  })

  it('that does not start is reported at once', async () => {
    const starting = startServer({ directory: newDirectory(), env: process.env, program: '/bin/false' })
    await expect(starting).rejects.toMatchObject({ code: 'fleet/server-failed' })
  })
})

describe('the runs of a worker', () => {
  const attempt = new AbortController().signal
  const begin = () =>
    createRuns(async () => ({ ports: fakeWorld().ports }), { clock: systemClock, seats: createSeats(10) })

  it('keep their memory from step to step, unless another worker did the step before', async () => {
    const runs = begin()
    const seen = async (before: string | null) =>
      runs.within({ order: order(ADDRESS), before, attempt }, async (run) => run)
    const first = await seen(null)
    expect(await seen(runs.worker)).toBe(first)
    const other = await seen('another worker')
    expect(other).not.toBe(first)
    expect(await seen(null)).not.toBe(other)
  })

  it('let a step end before its next attempt starts', async () => {
    const runs = begin()
    const turn = { order: order(ADDRESS), before: null, attempt }
    const log: string[] = []
    let letGo = () => {}
    const held = new Promise<void>((resolve) => {
      letGo = resolve
    })
    const first = runs.within(turn, async () => {
      log.push('first begins')
      await held
      log.push('first ends')
    })
    const turns = () => new Promise((resolve) => setImmediate(resolve))
    await turns()
    const second = runs.within({ ...turn, before: runs.worker }, async () => log.push('second begins'))
    await turns()
    expect(log).toEqual(['first begins'])
    letGo()
    await Promise.all([first, second])
    expect(log).toEqual(['first begins', 'first ends', 'second begins'])
  })

  it('store no key for an attempt that Restate has given up on', async () => {
    const runs = begin()
    const givenUp = new AbortController()
    const storing = runs.within({ order: order(ADDRESS), before: null, attempt: givenUp.signal }, async ({ ports }) => {
      givenUp.abort()
      await ports.sink.store({ id: '1', apiKey: 'canary-key', type: 'INFERENCE', expiresAt: null }, 'label')
    })
    await expect(storing).rejects.toMatchObject({ code: 'sink/write-failed' })
  })
})

describe('an order for a wallet', () => {
  it('contains only the allowed fields', () => {
    const given = order(ADDRESS, { index: 3, stakeAmount: '5', key: { type: 'ADMIN', consumptionLimit: { usd: 5 } } })
    expect(parseOrder(JSON.parse(JSON.stringify(given)))).toEqual(given)
    for (const wrong of [{ privateKey: '0x1' }, { stakeAmount: '-1' }, { address: '0x1' }, { key: { apiKey: 'x' } }]) {
      expect(parseOrder({ ...given, ...wrong })).toBeNull()
    }
  })
})

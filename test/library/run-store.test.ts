import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTools, onboard, type RunEvent } from '../../src/index.ts'
import { postgresStores } from '../../src/stores.ts'
import { startPostgres, type TestPostgres } from '../support/postgres.ts'
import { newFolder } from '../support/sandbox.ts'
import { type Place, useTestSandbox } from './lab.ts'

const lab = useTestSandbox()
let server: TestPostgres

beforeAll(async () => {
  server = await startPostgres()
}, 60_000)
afterAll(() => server.close())

/** Options of a separate machine: another folder and pool, the same database and key sink. */
const machine = ({ wallet, options }: Place) => ({
  ...options,
  signer: wallet.privateKey,
  stateDir: join(newFolder(), 'runs'),
  runStore: postgresStores(server.newPool()),
})

const done = async ({ wallet }: Place) => ({
  keys: lab.sandbox.keys(wallet.address).length,
  ...(await lab.sandbox.holdings(wallet.address)),
})
const ONCE = { keys: 1, transactions: 2, sVvv: 10n ** 18n }

describe('runs in PostgreSQL', () => {
  test('write no files, and another machine can report on them', async () => {
    const place = await lab.begin()
    const first = machine(place)
    expect(await onboard(first)).toMatchObject({ outcome: 'unfunded', failure: null })
    expect(existsSync(join(first.stateDir, `8453-${place.wallet.address.toLowerCase()}`, 'run.json'))).toBe(false)
    expect(await onboard(machine(place))).toMatchObject({ outcome: 'unfunded', wasFinished: true })
    expect(await done(place)).toMatchObject(ONCE)
  })

  test('are resumed by another machine, wherever the first one was killed', async () => {
    for (const state of ['stake.broadcast', 'awaitConfirmation.watch', 'mint.post']) {
      const place = await lab.begin()
      await killedAt(state, place)
      expect(await onboard(machine(place))).toMatchObject({ outcome: 'unfunded', failure: null })
      const { keys, ...chain } = await done(place)
      expect({ state, ...chain }).toMatchObject({ state, transactions: 2, sVvv: 10n ** 18n })
      // There may be one more key, whose reply was lost with its process, as with files.
      expect(keys).toBeLessThanOrEqual(2)
    }
  }, 180_000)

  test('belong to one machine at a time', async () => {
    const place = await lab.begin()
    const held = await machine(place).runStore.lock?.({ chainId: 8453, address: place.wallet.address })
    await expect(onboard(machine(place))).rejects.toMatchObject({ code: 'store/locked' })
    expect(await done(place)).toMatchObject({ keys: 0, transactions: 0 })
    await held?.release()
    expect(await onboard(machine(place))).toMatchObject({ outcome: 'unfunded' })
  })

  test('stop before the next step when their lock’s connection ends, and can be resumed', async () => {
    const place = await lab.begin()
    let ended: Promise<unknown> | undefined
    const result = await onboard({
      ...machine(place),
      onEvent(event: RunEvent) {
        if (event.type === 'transition' && event.to.startsWith('stake')) ended ??= server.endLocks()
      },
    })
    await ended
    expect(result.outcome).toBe('paused')
    expect(await onboard(machine(place))).toMatchObject({ outcome: 'unfunded' })
    expect(await done(place)).toMatchObject(ONCE)
  })

  test('are also read and locked by a model’s tools', async () => {
    const place = await lab.begin()
    await onboard(machine(place))
    const { tools, close } = createTools({ ...machine(place), budget: { maxVvv: '1', maxGasEth: '0.001' } })
    const status = tools.find(({ name }) => name === 'venice_status')
    expect(await status?.execute({})).toMatchObject({ ok: true, data: { outcome: 'unfunded' } })
    await close()
  })
})

/** Runs a process as a separate machine, and kills it once `state` is recorded. */
async function killedAt(state: string, { wallet, options }: Place): Promise<void> {
  const loader = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href
  const script = fileURLToPath(new URL('./onboard-in-postgres.ts', import.meta.url))
  const given = {
    ...options,
    signer: wallet.privateKey,
    stateDir: join(newFolder(), 'runs'),
    database: server.database,
  }
  const child = spawn(process.execPath, ['--import', loader, script, JSON.stringify(given)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const gone = once(child, 'exit')
  for await (const line of createInterface(child.stdout)) {
    const event = JSON.parse(line) as RunEvent
    if (event.type === 'transition' && event.to === state) child.kill('SIGKILL')
  }
  expect(await gone).toEqual([null, 'SIGKILL'])
}

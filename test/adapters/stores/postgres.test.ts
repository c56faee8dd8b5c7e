import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { postgresStores } from '../../../src/adapters/stores/postgres.ts'
import { testSharedRunStore } from '../../../src/suites/run-store.ts'
import { startPostgres, type TestPostgres } from '../../support/postgres.ts'
import { WALLET } from '../../support/wallet.ts'

let server: TestPostgres

beforeAll(async () => {
  server = await startPostgres()
}, 60_000)
afterAll(() => server.close())

describe('runs in PostgreSQL', () => {
  testSharedRunStore(test, () => postgresStores(server.newPool()))

  test('two machines that start first at the same time both find the tables', async () => {
    const prefix = 'first'
    const both = [postgresStores(server.newPool(), { prefix }), postgresStores(server.newPool(), { prefix })]
    const loads = both.map(async (stores) => (await stores.open(WALLET)).load())
    expect(await Promise.all(loads)).toEqual([null, null])
  })

  test('a lock is free once its holder’s connection has ended, and the holder is notified', async () => {
    const stores = postgresStores(server.newPool())
    const held = await stores.lock?.(WALLET)
    await server.endLocks()
    await aborted(held?.lost)
    const next = await postgresStores(server.newPool()).lock?.(WALLET)
    await held?.release()
    await next?.release()
  })

  test('a lost answer after a write does not count as another process’s write', async () => {
    const pool = server.newPool()
    let isLost = false
    const losing = {
      connect: () => pool.connect(),
      query: async (text: string, values?: unknown[]) => {
        const answer = await pool.query(text, values)
        if (isLost && text.startsWith('update')) {
          isLost = false
          throw new Error('Connection terminated unexpectedly')
        }
        return answer
      },
    }
    const store = await postgresStores(losing).open({ ...WALLET, chainId: 1 })
    await store.save('first')
    isLost = true
    await expect(store.save('second')).rejects.toMatchObject({ code: 'store/write-failed' })
    await store.save('second')
    expect(await store.load()).toBe('second')
  })

  test('an unreachable server is an error of its own, for records and for locks', async () => {
    const away = server.newPool()
    await away.end()
    const stores = postgresStores(away)
    const store = await stores.open(WALLET)
    await expect(store.load()).rejects.toMatchObject({ code: 'store/unreadable' })
    await expect(stores.lock?.(WALLET)).rejects.toMatchObject({ code: 'store/lock-unusable' })
  })

  test('a prefix that is not a table name is rejected', () => {
    expect(() => postgresStores(server.pool, { prefix: 'x; drop table y' })).toThrow(TypeError)
  })
})

const aborted = (signal: AbortSignal | undefined): Promise<void> =>
  new Promise((resolve) => {
    if (signal?.aborted) resolve()
    else signal?.addEventListener('abort', () => resolve(), { once: true })
  })

import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { type SqliteDatabase, sqliteStores } from '../../../src/adapters/stores/sqlite.ts'
import { StoreConflictError } from '../../../src/errors/store.ts'
import { testRunStore } from '../../../src/suites/run-store.ts'
import { WALLET } from '../../support/wallet.ts'

/** Node 20 has no SQLite; `.ci/run` runs this file on later versions. */
const sqlite = (() => {
  try {
    return createRequire(import.meta.url)('node:sqlite') as { DatabaseSync: new (path: string) => SqliteDatabase }
  } catch {
    return null
  }
})()

describe.skipIf(sqlite === null)('runs in SQLite', () => {
  const folder = mkdtempSync(join(tmpdir(), 'venice-onboard-test-'))
  afterAll(() => rmSync(folder, { recursive: true }))
  const open = () => {
    if (sqlite === null) throw new Error('This Node has no SQLite.')
    return sqliteStores(new sqlite.DatabaseSync(join(folder, 'runs.db')))
  }
  testRunStore(test, open)

  test('a process that has not seen the last record cannot overwrite it', async () => {
    const [stale, other] = [await open().open(WALLET), await open().open(WALLET)]
    await stale.save('first')
    await other.load()
    await other.save('second')
    await expect(stale.save('third')).rejects.toBeInstanceOf(StoreConflictError)
  })
})

import { describe, expect, test } from 'vitest'
import { type VersionedStore, versionedStores } from '../../../src/adapters/stores/versioned-store.ts'
import { LockedError } from '../../../src/errors/store.ts'
import type { AcquireLock } from '../../../src/ports/run-store.ts'
import { testSharedRunStore } from '../../../src/suites/run-store.ts'
import { WALLET } from '../../support/wallet.ts'

/** Works like a key-value store with ETags. */
function inMemory(): VersionedStore<string> & { log: string[] } {
  const held = new Map<string, { text: string; version: string }>()
  const log: string[] = []
  return {
    name: 'memory',
    log,
    read: async (key) => held.get(key) ?? null,
    async write(key, text, expected) {
      if ((held.get(key)?.version ?? null) !== expected) return null
      const version = crypto.randomUUID()
      held.set(key, { text, version })
      return version
    },
    async remove(key) {
      held.delete(key)
    },
    async append(key, line) {
      log.push(`${key} ${line}`)
    },
  }
}

function memoryLock(): AcquireLock {
  const held = new Set<string>()
  return async (owner) => {
    const name = `${owner.chainId} ${owner.address.toLowerCase()}`
    if (held.has(name)) throw new LockedError(owner)
    held.add(name)
    let isHeld = true
    return {
      async release() {
        if (isHeld) held.delete(name)
        isHeld = false
      },
    }
  }
}

describe('runs in a store of versions', () => {
  const [store, lock] = [inMemory(), memoryLock()]
  testSharedRunStore(test, () => versionedStores(store, { lock }))

  test('a journal that cannot be written does not stop a run', async () => {
    const failing = { ...inMemory(), append: async () => Promise.reject(new Error('full')) }
    const run = await versionedStores(failing).open(WALLET)
    await run.append({ revision: 1, at: '2026-11-23T00:00:00.000Z', type: 'run.started' })
    await run.save('record')
    expect(await run.load()).toBe('record')
  })

  test('a process that has not seen the last record cannot overwrite it', async () => {
    const kept = inMemory()
    const [stale, other] = [await versionedStores(kept).open(WALLET), await versionedStores(kept).open(WALLET)]
    await stale.save('first')
    await other.load()
    await other.save('second')
    await expect(stale.save('third')).rejects.toMatchObject({ code: 'store/conflict', exit: 'locked' })
  })

  test('the archive holds the record under a separate key', async () => {
    const kept = inMemory()
    const run = await versionedStores(kept).open(WALLET)
    await run.save('record')
    const place = await run.archive()
    expect(await kept.read(place.replace('memory:', ''))).toMatchObject({ text: 'record' })
  })
})

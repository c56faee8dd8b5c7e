import { describe, expect, test } from 'vitest'
import type { RunStore } from '../../src/ports/run-store.ts'

/** What every `RunStore` does. `make` opens one that is new and empty. */
export function describeRunStore(name: string, make: () => Promise<RunStore>): void {
  describe(`${name} keeps the promises of a run store`, () => {
    test('a new one holds no record', async () => {
      expect(await (await make()).load()).toBeNull()
    })

    test('a record is returned as saved last, to the byte', async () => {
      const store = await make()
      await store.save('{"revision":1,"padding":"a longer text than the next one"}')
      await store.save('{"revision":2,"text":"ü\\u0000\\n"}')
      expect(await store.load()).toBe('{"revision":2,"text":"ü\\u0000\\n"}')
    })

    test('the same record can be saved twice', async () => {
      const store = await make()
      await store.save('same')
      await store.save('same')
      expect(await store.load()).toBe('same')
    })

    test('the journal never affects the record', async () => {
      const store = await make()
      await store.append({ revision: 1, at: '2026-11-23T00:00:00.000Z', type: 'run.started' })
      expect(await store.load()).toBeNull()
      await store.save('record')
      await store.append({ revision: 2, at: '2026-11-23T00:00:01.000Z', type: 'run.paused' })
      expect(await store.load()).toBe('record')
    })

    test('an archived run is gone, and a new one can start in its place', async () => {
      const store = await make()
      await store.save('first run')
      expect(await store.archive()).not.toBe('')
      expect(await store.load()).toBeNull()
      await store.save('second run')
      expect(await store.load()).toBe('second run')
    })

    test('each archive has its own path', async () => {
      const store = await make()
      await store.save('first run')
      const first = await store.archive()
      await store.save('second run')
      expect(await store.archive()).not.toBe(first)
    })
  })
}

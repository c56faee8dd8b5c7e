import assert from 'node:assert/strict'
import type { Address } from '../domain/addresses.ts'
import { LockedError, StoreConflictError } from '../errors/store.ts'
import type { RunOwner, RunStores } from '../ports/run-store.ts'

/** `test` of Vitest, Jest or `node:test`, or `it` of Mocha. */
export type TestFunction = (title: string, body: () => Promise<void>) => unknown

/**
 * What every place for runs does, as tests of a runner.
 *
 * @param make - opens the same place each time, as another process would. Each test takes a wallet of its own.
 */
export function testRunStore(test: TestFunction, make: () => Promise<RunStores> | RunStores): void {
  const begin = async () => {
    const owner = newOwner()
    return { owner, store: await (await make()).open(owner) }
  }

  test('a new store holds no record', async () => {
    const { store } = await begin()
    assert.equal(await store.load(), null)
  })

  test('load returns the last saved text to the byte', async () => {
    const { store } = await begin()
    await store.save('{"revision":1,"padding":"a longer text than the next one"}')
    await store.save('{"revision":2,"text":"ü\\u0000\\n"}')
    assert.equal(await store.load(), '{"revision":2,"text":"ü\\u0000\\n"}')
  })

  test('a record of 200 kB comes back whole', async () => {
    const { store } = await begin()
    const text = JSON.stringify({ padding: '\'"\\$1'.repeat(40_000) })
    await store.save(text)
    assert.equal(await store.load(), text)
  })

  test('the same text can be saved twice', async () => {
    const { store } = await begin()
    await store.save('same')
    await store.save('same')
    assert.equal(await store.load(), 'same')
  })

  test('another process finds what was saved', async () => {
    const { owner, store } = await begin()
    await store.save('record')
    const other = await (await make()).open(owner)
    assert.equal(await other.load(), 'record')
    await other.save('the next record')
    assert.equal(await (await (await make()).open(owner)).load(), 'the next record')
  })

  test('another spelling of the address opens the same run', async () => {
    const { owner, store } = await begin()
    await store.save('record')
    const address = owner.address.toLowerCase() as Address
    assert.equal(await (await (await make()).open({ ...owner, address })).load(), 'record')
  })

  test('each wallet and chain has its own record', async () => {
    const { owner, store } = await begin()
    await store.save('record')
    const stores = await make()
    assert.equal(await (await stores.open(newOwner())).load(), null)
    assert.equal(await (await stores.open({ ...owner, chainId: 84532 })).load(), null)
  })

  test('the history does not change the record', async () => {
    const { store } = await begin()
    await store.append({ revision: 1, at: '2026-11-23T00:00:00.000Z', type: 'run.started' })
    assert.equal(await store.load(), null)
    await store.save('record')
    await store.append({ revision: 2, at: '2026-11-23T00:00:01.000Z', type: 'run.paused' })
    assert.equal(await store.load(), 'record')
  })

  test('an archived run is gone, and a new one can begin', async () => {
    const { store } = await begin()
    await store.save('first run')
    assert.notEqual(await store.archive(), '')
    assert.equal(await store.load(), null)
    await store.save('second run')
    assert.equal(await store.load(), 'second run')
  })

  test('each archive is kept separately', async () => {
    const { store } = await begin()
    await store.save('first run')
    const first = await store.archive()
    await store.save('second run')
    assert.notEqual(await store.archive(), first)
  })
}

/**
 * What a place for runs does that several machines share: a process without the lock cannot write over what another has
 * written, and one machine at a time has the lock.
 *
 * @param make - as for `testRunStore`; what it returns must have a `lock`.
 */
export function testSharedRunStore(test: TestFunction, make: () => Promise<RunStores> | RunStores): void {
  testRunStore(test, make)

  test('a process that has not seen the last record cannot overwrite it', async () => {
    const owner = newOwner()
    const [stale, other] = [await (await make()).open(owner), await (await make()).open(owner)]
    await stale.save('first')
    assert.equal(await other.load(), 'first')
    await other.save('second')
    await assert.rejects(stale.save('third'), StoreConflictError)
    assert.equal(await other.load(), 'second')
  })

  test('of two processes that begin a run at once, one writes', async () => {
    const owner = newOwner()
    const both = [await (await make()).open(owner), await (await make()).open(owner)]
    for (const store of both) assert.equal(await store.load(), null)
    const ends = await Promise.allSettled(both.map((store, index) => store.save(`record ${index}`)))
    assert.deepEqual(ends.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected'])
  })

  test('one process at a time has the lock', async () => {
    const owner = newOwner()
    const [first, second] = [lockOf(await make()), lockOf(await make())]
    const held = await first(owner)
    await assert.rejects(second(owner), LockedError)
    await assert.rejects(second({ ...owner, address: owner.address.toLowerCase() as Address }), LockedError)
    const other = await second(newOwner())
    await other.release()
    await held.release()
    await held.release()
    await (await second(owner)).release()
  })
}

function lockOf({ lock }: RunStores): NonNullable<RunStores['lock']> {
  assert.ok(lock, 'These stores have no lock.')
  return lock
}

/** A wallet that nobody has. The first letter is a capital: its lower case is another spelling. */
function newOwner(): RunOwner {
  const digits = crypto.randomUUID().replaceAll('-', '').padEnd(38, '0')
  return { chainId: 8453, address: `0xAB${digits}` }
}

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import type { MintedKey } from '../domain/key.ts'
import type { KeySink } from '../ports/key-sink.ts'
import type { TestFunction } from './run-store.ts'

/** A sink, and how somebody who uses it would find the key. */
export interface SinkUnderTest {
  sink: KeySink
  /** The key that is there, or null. */
  held(): Promise<string | null>
}

/** Made up, as is the next: keys of nobody. */
export const FIRST_KEY = 'VENICE_INFERENCE_KEY_canary-first-0123456789abcdefghijklmnop'
const SECOND_KEY = 'VENICE_ADMIN_KEY_canary-second-ABCDEFGHIJKLMNOPQRSTUVWXYZ_'

/** A key as Venice mints it. */
export const minted = (apiKey: string): MintedKey => ({ id: 'key-1', apiKey, type: 'INFERENCE', expiresAt: null })

/**
 * What every key sink does, as tests of a runner.
 *
 * @param make - opens a sink that is new and empty.
 */
export function testKeySink(test: TestFunction, make: () => Promise<SinkUnderTest> | SinkUnderTest): void {
  test('a probe changes nothing and can be repeated', async () => {
    const { sink, held } = await make()
    const first = await sink.probe()
    assert.deepEqual(await sink.probe(), first)
    assert.equal(first.fingerprint, null)
    assert.equal(await held(), null)
  })

  test('a stored key is the held key', async () => {
    const { sink, held } = await make()
    await sink.store(minted(FIRST_KEY), 'label')
    assert.equal(await held(), FIRST_KEY)
  })

  test('a later key replaces an earlier one', async () => {
    const { sink, held } = await make()
    await sink.store(minted(FIRST_KEY), 'label')
    await sink.store(minted(SECOND_KEY), 'label')
    assert.equal(await held(), SECOND_KEY)
  })

  test('a readable sink recognises its key, and another reports that it cannot', async () => {
    const { sink } = await make()
    await sink.store(minted(FIRST_KEY), 'label')
    const { fingerprint } = await sink.probe()
    assert.equal(fingerprint, sink.read === undefined ? null : fingerprintOf(FIRST_KEY))
    if (sink.read !== undefined) assert.equal(await sink.read(), FIRST_KEY)
  })

  test('neither the name nor a probe shows the key', async () => {
    const { sink } = await make()
    await sink.store(minted(FIRST_KEY), 'label')
    assert.doesNotMatch(JSON.stringify([sink.name, await sink.probe()]), /canary/)
  })
}

/** The first 16 hex digits of the SHA-256, as `SinkProbe` has it. */
const fingerprintOf = (apiKey: string): string => createHash('sha256').update(apiKey).digest('hex').slice(0, 16)

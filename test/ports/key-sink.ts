import { describe, expect, test } from 'vitest'
import { fingerprint } from '../../src/adapters/sinks/fingerprint.ts'
import type { MintedKey } from '../../src/domain/key.ts'
import type { KeySink } from '../../src/ports/key-sink.ts'

export interface SinkUnderTest {
  sink: KeySink
  /** The key that somebody who uses the sink would find, or null. */
  held(): Promise<string | null>
}

export const keyOf = (apiKey: string): MintedKey => ({ id: 'key-1', apiKey, type: 'INFERENCE', expiresAt: null })

export const FIRST_KEY = 'VENICE_INFERENCE_KEY_canary-first-0123456789abcdefghijklmnop'
const SECOND_KEY = 'VENICE_ADMIN_KEY_canary-second-ABCDEFGHIJKLMNOPQRSTUVWXYZ_'

/** What every `KeySink` does. `make` opens one that is new and empty. */
export function describeKeySink(name: string, make: () => Promise<SinkUnderTest>): void {
  describe(`${name} keeps the promises of a key sink`, () => {
    test('a probe changes nothing, and can be repeated', async () => {
      const { sink, held } = await make()
      const first = await sink.probe()
      expect(await sink.probe()).toEqual(first)
      expect(first.fingerprint).toBeNull()
      expect(await held()).toBeNull()
    })

    test('a stored key is the held key', async () => {
      const { sink, held } = await make()
      await sink.store(keyOf(FIRST_KEY), 'label')
      expect(await held()).toBe(FIRST_KEY)
    })

    test('a later key replaces an earlier one', async () => {
      const { sink, held } = await make()
      await sink.store(keyOf(FIRST_KEY), 'label')
      await sink.store(keyOf(SECOND_KEY), 'label')
      expect(await held()).toBe(SECOND_KEY)
    })

    test('a readable sink recognises its key, and other sinks say so', async () => {
      const { sink } = await make()
      await sink.store(keyOf(FIRST_KEY), 'label')
      const probe = await sink.probe()
      expect(probe.fingerprint).toBe(sink.read ? fingerprint(FIRST_KEY) : null)
      if (sink.read) expect(await sink.read()).toBe(FIRST_KEY)
    })

    test('neither name nor probe shows the key', async () => {
      const { sink } = await make()
      await sink.store(keyOf(FIRST_KEY), 'label')
      expect(JSON.stringify([sink.name, await sink.probe()])).not.toContain('canary')
    })
  })
}

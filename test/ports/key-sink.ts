import { describe, test } from 'vitest'
import type { MintedKey } from '../../src/domain/key.ts'
import { type SinkUnderTest, testKeySink } from '../../src/suites/key-sink.ts'

export const keyOf = (apiKey: string): MintedKey => ({ id: 'key-1', apiKey, type: 'INFERENCE', expiresAt: null })

export const FIRST_KEY = 'VENICE_INFERENCE_KEY_canary-first-0123456789abcdefghijklmnop'

/** The contract of every `KeySink`. `make` opens a new, empty one. */
export const describeKeySink = (name: string, make: () => Promise<SinkUnderTest>): void => {
  describe(`${name} keeps the promises of a key sink`, () => testKeySink(test, make))
}

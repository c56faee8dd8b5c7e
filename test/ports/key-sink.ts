import { describe, test } from 'vitest'
import { type SinkUnderTest, testKeySink } from '../../src/suites/key-sink.ts'

export { FIRST_KEY, minted } from '../../src/suites/key-sink.ts'

/** The contract of every `KeySink`. `make` opens a new, empty one. */
export const describeKeySink = (name: string, make: () => Promise<SinkUnderTest>): void => {
  describe(`${name} keeps the promises of a key sink`, () => testKeySink(test, make))
}

import { fingerprint } from '../../src/adapters/sinks/fingerprint.ts'
import { SinkUnusableError, SinkWriteError } from '../../src/errors/sink.ts'
import type { KeySink } from '../../src/ports/key-sink.ts'
import type { Chaos } from './chaos.ts'

/** A sink for one key. Some cannot be read, some store the key and then report a failure. */
export function fakeSink({
  name = 'fake',
  chaos,
  isReadable,
  held = null,
}: {
  name?: string
  chaos: Chaos
  isReadable: boolean
  held?: string | null
}) {
  const sink: KeySink = {
    name,
    async probe() {
      if (chaos.strikes('sink-unusable')) throw new SinkUnusableError({ sink: name, reason: 'the disk is read-only' })
      return { fingerprint: isReadable && held !== null ? fingerprint(held) : null, warnings: [] }
    },
    async store({ apiKey }) {
      if (chaos.strikes('store-failed')) throw new SinkWriteError({ sink: name, reason: 'the disk is full' })
      held = apiKey
      if (chaos.strikes('store-answer-lost')) throw new SinkWriteError({ sink: name, reason: 'it did not answer' })
    },
    ...(isReadable && { read: async () => held }),
  }
  return {
    sink,
    /** The key that a user of the sink finds. */
    held: () => held,
  }
}

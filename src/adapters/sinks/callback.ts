import type { KeyType } from '../../domain/key.ts'
import { SinkWriteError } from '../../errors/sink.ts'
import type { KeySink } from '../../ports/key-sink.ts'

/** A minted key, as given to a callback. `apiKey` is the secret. */
export interface KeyDelivery {
  apiKey: string
  id: string
  type: KeyType
  /** ISO 8601, or null for never. */
  expiresAt: string | null
  /** The unique description under which Venice lists it. */
  label: string
}

/** Stores a minted key. The key counts as stored when this resolves. */
export type KeyCallback = (key: KeyDelivery) => void | Promise<void>

const NAME = 'callback'

/** A sink that calls a function of the host. It cannot be probed or read back. */
export const callbackSink = (deliver: KeyCallback): KeySink => ({
  name: NAME,
  probe: async () => ({ fingerprint: null, warnings: [] }),
  async store({ id, apiKey, type, expiresAt }, label) {
    try {
      await deliver({ id, apiKey, type, expiresAt, label })
    } catch (error) {
      // Without its cause: the error of a foreign function may hold the key.
      const reason = error instanceof Error ? error.message.replaceAll(apiKey, '[key]') : 'it rejected'
      throw new SinkWriteError({ sink: NAME, reason })
    }
  },
})

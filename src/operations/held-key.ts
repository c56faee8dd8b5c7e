import type { KeyRef } from '../domain/key.ts'
import type { KeySink } from '../ports/key-sink.ts'

/**
 * What is in the place that a record names for a key: the key, nothing of the kind, or the key of somebody else. unknown:
 * the place cannot be read back, such as a command, or is not among those that are open.
 */
export type Held = 'key' | 'nothing' | 'other' | 'unknown'

/**
 * Whether a sink still holds the key that a record names, by its last six characters. Reads, here only, and changes nothing.
 *
 * @param sinks - those that are open.
 */
export async function heldIn(sinks: readonly KeySink[], key: Pick<KeyRef, 'sink' | 'last6'> | null): Promise<Held> {
  const sink = sinks.find(({ name }) => name === key?.sink)
  if (key === null || sink?.read === undefined) return 'unknown'
  const found = await sink.read().catch(() => null)
  if (found === null) return 'nothing'
  return found.endsWith(key.last6) ? 'key' : 'other'
}

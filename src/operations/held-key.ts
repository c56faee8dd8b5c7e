import type { KeyRef } from '../domain/key.ts'
import type { KeySink } from '../ports/key-sink.ts'

/**
 * The content of the sink that a record names: the key, nothing, or another key. unknown: the sink cannot be read, such
 * as a command, or is not open.
 */
export type Held = 'key' | 'nothing' | 'other' | 'unknown'

/**
 * Whether a sink still holds the key that a record names, by its last six characters. Reads only on this machine, and
 * changes nothing.
 *
 * @param sinks - the open sinks.
 */
export async function heldIn(sinks: readonly KeySink[], key: Pick<KeyRef, 'sink' | 'last6'> | null): Promise<Held> {
  const sink = sinks.find(({ name }) => name === key?.sink)
  if (key === null || sink?.read === undefined) return 'unknown'
  const found = await sink.read().catch(() => null)
  if (found === null) return 'nothing'
  return found.endsWith(key.last6) ? 'key' : 'other'
}

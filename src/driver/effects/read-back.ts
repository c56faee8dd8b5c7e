import type { Funding } from '../../domain/funding.ts'
import type { KeyRef, KeyRequest } from '../../domain/key.ts'
import { listedDifferences, ownDifferences, typeDifference } from '../../domain/key-limits.ts'
import type { Ports } from './io.ts'

/**
 * What Venice stores of a key other than it was asked for, a sentence each: an ADMIN key finds itself in the list of keys,
 * any other has only what it sees of itself. No side effects; safe to repeat.
 */
export async function readBack(
  { venice }: Pick<Ports, 'venice'>,
  { apiKey, key, asked, funding }: { apiKey: string; key: KeyRef; asked: KeyRequest; funding: Funding },
  signal?: AbortSignal,
): Promise<readonly string[]> {
  const own = [...typeDifference(asked, key), ...ownDifferences(asked, key.last6, funding)]
  if (key.type !== 'ADMIN') return own
  try {
    const listed = (await venice.listKeys(apiKey, signal)).find(({ description }) => description === key.label)
    return listed === undefined ? own : listedDifferences(asked, listed)
  } catch {
    // The key is minted, stored, and asked about: that its limits cannot be listed now takes nothing of that back.
    signal?.throwIfAborted()
    return own
  }
}

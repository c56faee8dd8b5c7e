import type { Funding } from '../../domain/funding.ts'
import type { KeyRef, KeyRequest } from '../../domain/key.ts'
import { listedDifferences, ownDifferences, typeDifference } from '../../domain/key-limits.ts'
import type { Ports } from './io.ts'

/**
 * Where Venice's settings of a key differ from the request, a sentence each. An ADMIN key reads them in the list of
 * keys; any other key knows only what it can read about itself. No side effects; safe to repeat.
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
    // The key is minted and stored. It is still valid if its limits cannot be listed now.
    signal?.throwIfAborted()
    return own
  }
}

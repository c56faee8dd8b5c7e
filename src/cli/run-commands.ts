import { placeIn } from './place.ts'
import type { Recorded } from './records.ts'

/**
 * The command that continues each run: where it was looked for, and on Base unless it is that of the sandbox.
 *
 * @param typed - the command that was typed, with its options.
 */
export function runCommands(
  typed: string,
  { isOnBase, sandboxed }: { isOnBase: boolean; sandboxed: readonly string[] },
): (run: Recorded) => string {
  const place = placeIn(typed)
  const isNamed = place.includes('--network')
  return ({ address }) => {
    const isOfBase = isOnBase || !sandboxed.some((wallet) => wallet.toLowerCase() === address)
    const words = ['venice-onboard run', isOfBase && !isNamed ? '--network base' : '', place]
    return words.filter((word) => word !== '').join(' ')
  }
}

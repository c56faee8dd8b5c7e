import type { Address } from '../domain/addresses.ts'
import type { Chain } from '../ports/chain.ts'
import { addressOf } from './config.ts'
import type { CliContext } from './environment.ts'
import type { Flags } from './options.ts'
import type { Output } from './output.ts'
import { chainFor, wireToRead } from './wiring.ts'

/** A wallet to read: by address alone if one is given, without opening a key. Call `end` when done. */
export async function targetOf(
  flags: Flags,
  context: CliContext,
  output: Output,
): Promise<{ chain: Chain; address: Address; mintAs?: Address; end(): Promise<void> }> {
  const address = addressOf(flags)
  if (address !== null && flags.network === 'base') {
    return { chain: await chainFor(flags, context), address, end: async () => {} }
  }
  const { ports, end } = await wireToRead(flags, context, output)
  const mintAs = ports.minter?.address
  return { chain: ports.chain, address: address ?? ports.signer.address, ...(mintAs && { mintAs }), end }
}

import type { Address } from '../domain/addresses.ts'
import type { Chain } from '../ports/chain.ts'
import type { CliContext } from './environment.ts'
import type { Output } from './output.ts'
import type { Request } from './request.ts'
import { chainFor, wireToRead } from './wiring.ts'

/** A wallet to read: by address alone if one is given, without opening a key. Call `end` when done. */
export async function targetOf(
  request: Request,
  context: CliContext,
  output: Output,
): Promise<{ chain: Chain; address: Address; mintAs?: Address; end(): Promise<void> }> {
  const { address } = request
  if (address !== null && request.network === 'base') {
    return { chain: await chainFor(request, context), address, end: async () => {} }
  }
  const { ports, end } = await wireToRead(request, context, output)
  const mintAs = ports.minter?.address
  return { chain: ports.chain, address: address ?? ports.signer.address, ...(mintAs && { mintAs }), end }
}

import { UsageError } from '../errors/cli.ts'
import { MintAsUnusableError } from '../errors/wallet.ts'
import type { Signer } from '../ports/signer.ts'
import type { Named, Request } from './request.ts'

/** What signs for a wallet, and for the EOA that mints in its place. */
export interface Wallets {
  signer: Signer
  minter?: Signer
}

/**
 * Options of a smart account without one would be left unused, and the key's own wallet spent from.
 *
 * @throws {UsageError} {MintAsUnusableError}
 */
export function requireAccountFlags({ smartAccount, mintAs, endpoints, keys }: Request): void {
  if (mintAs === null && keys.minter.file !== undefined)
    throw new UsageError('A key for --mint-as is given, but --mint-as is not.', 'Add --mint-as, or remove the key.')
  if (smartAccount !== null) return
  if (mintAs !== null) throw new MintAsUnusableError('The wallet is not a smart account.')
  // A variable may be set for other commands.
  const isOption = (given: Named<string> | null) => given?.source.startsWith('--') ?? false
  if (isOption(endpoints.bundlerUrl) || isOption(endpoints.paymasterUrl))
    throw new UsageError(
      'A bundler or a paymaster is given, but --smart-account is not.',
      'Add --smart-account, or remove the URL.',
    )
}

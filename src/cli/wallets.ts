import { UsageError } from '../errors/cli.ts'
import { MintAsUnusableError } from '../errors/wallet.ts'
import type { Signer } from '../ports/signer.ts'
import type { Flags } from './options.ts'

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
export function requireAccountFlags({ smartAccount, bundlerUrl, paymasterUrl, mintAs, ...flags }: Flags): void {
  if (mintAs === undefined && flags.mintAsPrivateKeyFile !== undefined)
    throw new UsageError('A key for --mint-as is given, but --mint-as is not.', 'Add --mint-as, or remove the key.')
  if (smartAccount !== undefined) return
  if (mintAs !== undefined) throw new MintAsUnusableError('The wallet is not a smart account.')
  if (bundlerUrl !== undefined || paymasterUrl !== undefined)
    throw new UsageError(
      'A bundler or a paymaster is given, but --smart-account is not.',
      'Add --smart-account, or remove the URL.',
    )
}

import type { Address } from '../../domain/addresses.ts'
import { ContractWalletError } from '../../errors/wallet.ts'
import type { ReadClient } from './read-client.ts'
import { kindOf } from './survey.ts'

/**
 * Makes sure that who is to be staked for is no contract: what is staked for one is staked for good, and whether Venice takes its
 * signature is unknown. Asks nothing where nobody is named.
 *
 * @throws {ContractWalletError}
 */
export async function requireOwnKey(client: ReadClient, mintAs: Address | undefined): Promise<void> {
  if (mintAs !== undefined && kindOf(await client.getCode({ address: mintAs })) === 'contract')
    throw new ContractWalletError(mintAs)
}

import type { Address } from '../../domain/addresses.ts'
import { ContractWalletError } from '../../errors/wallet.ts'
import type { ReadClient } from './read-client.ts'
import { kindOf } from './survey.ts'

/**
 * Checks that the address to stake for is not a contract: a stake for it cannot be undone, and it is unknown whether
 * Venice accepts its signature. Sends no request if no address is given.
 *
 * @throws {ContractWalletError}
 */
export async function requireOwnKey(client: ReadClient, mintAs: Address | undefined): Promise<void> {
  if (mintAs !== undefined && kindOf(await client.getCode({ address: mintAs })) === 'contract')
    throw new ContractWalletError(mintAs)
}

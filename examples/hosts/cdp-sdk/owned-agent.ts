import type { CdpClient } from '@coinbase/cdp-sdk'
import { type OnboardOptions, onboard, type SmartAccountOptions, smartAccount } from 'venice-onboard'
import { createClient, http } from 'viem'
import { toCoinbaseSmartAccount } from 'viem/account-abstraction'
import { toAccount } from 'viem/accounts'
import { base } from 'viem/chains'

type Options = Omit<OnboardOptions, 'signer'> & { network: { rpcUrl: string } }

/** The Coinbase Smart Wallet that an account at CDP owns. It needs no ETH where a paymaster pays. */
export async function onboardOwned(cdp: CdpClient, name: string, service: SmartAccountOptions, options: Options) {
  const client = createClient({ chain: base, transport: http(options.network.rpcUrl) })
  const owners = [toAccount(await cdp.evm.getOrCreateAccount({ name }))]
  const account = await toCoinbaseSmartAccount({ client, owners, version: '1.1' })
  return onboard({ ...options, signer: smartAccount(account, service) })
}

import { toSafeSmartAccount } from 'permissionless/accounts'
import { type OnboardOptions, onboard, type SmartAccountOptions, smartAccount } from 'venice-onboard'
import { createClient, http, type LocalAccount } from 'viem'
import { base } from 'viem/chains'

type Options = Omit<OnboardOptions, 'signer'> & { network: { rpcUrl: string } }

/** A Safe of one owner, which is deployed by its first operation. */
export async function onboardSafe(owner: LocalAccount, service: SmartAccountOptions, options: Options) {
  const client = createClient({ chain: base, transport: http(options.network.rpcUrl) })
  const account = await toSafeSmartAccount({ client, owners: [owner], version: '1.4.1' })
  return onboard({ ...options, signer: smartAccount(account, service) })
}

import { onboard, smartAccount } from 'venice-onboard'
import { createClient, http } from 'viem'
import { toCoinbaseSmartAccount } from 'viem/account-abstraction'
import { privateKeyToAccount } from 'viem/accounts'
import { base } from 'viem/chains'

const { BASE_RPC_URL: rpcUrl = '', VENICE_API_URL: apiUrl = '', BUNDLER_URL: bundlerUrl = '' } = process.env
const { PAYMASTER_URL: paymasterUrl = '', WALLET_PRIVATE_KEY: mintAs = '' } = process.env

// Or another `SmartAccount` of viem, such as `toSafeSmartAccount` of permissionless.
const client = createClient({ chain: base, transport: http(rpcUrl) })
const owners = [privateKeyToAccount(mintAs as `0x${string}`)]
const account = await toCoinbaseSmartAccount({ client, owners, version: '1.1' })
const signer = smartAccount(account, { bundlerUrl, paymasterUrl })
const { outcome } = await onboard({ signer, mintAs, network: { rpcUrl, apiUrl }, sink: 'env-file:.env' })
console.log(outcome)

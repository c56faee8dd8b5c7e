import { onboard } from 'venice-onboard'
import { createWalletClient, http } from 'viem'
import { base } from 'viem/chains'

const { BASE_RPC_URL: rpcUrl = '', VENICE_API_URL: apiUrl = '', WALLET_URL } = process.env

// A wallet in another process. It signs only what it sends: see docs/wallets.md.
const transport = http(WALLET_URL)
const [account] = await createWalletClient({ chain: base, transport }).getAddresses()
const signer = createWalletClient({ account, chain: base, transport })
const { outcome } = await onboard({ signer, network: { rpcUrl, apiUrl }, sink: 'env-file:.env' })
console.log(outcome)

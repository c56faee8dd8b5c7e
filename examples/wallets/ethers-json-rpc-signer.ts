import { JsonRpcProvider } from 'ethers'
import { onboard } from 'venice-onboard'

const { BASE_RPC_URL: rpcUrl = '', VENICE_API_URL: apiUrl = '', WALLET_URL } = process.env

// Signs only what it sends: see docs/wallets.md.
const provider = new JsonRpcProvider(WALLET_URL)
const signer = await provider.getSigner()
const { outcome } = await onboard({ signer, network: { rpcUrl, apiUrl }, sink: 'env-file:.env' })
provider.destroy()
console.log(outcome)

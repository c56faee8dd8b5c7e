import { onboard } from 'venice-onboard'
import { http } from 'viem'

const { BASE_RPC_URL: rpcUrl = '', VENICE_API_URL: apiUrl = '', WALLET_URL } = process.env

// Whatever has `request({ method, params })`: `window.ethereum`, WalletConnect's provider, or this one over HTTP.
const { request } = http(WALLET_URL)({})
const { outcome } = await onboard({ signer: { request }, network: { rpcUrl, apiUrl }, sink: 'env-file:.env' })
console.log(outcome)

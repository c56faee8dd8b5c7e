import { onboard } from 'venice-onboard'
import { mnemonicToAccount } from 'viem/accounts'

const { BASE_RPC_URL: rpcUrl = '', VENICE_API_URL: apiUrl = '', WALLET_MNEMONIC = '' } = process.env

// Any account that viem, or a service with an adapter for it, makes.
const signer = mnemonicToAccount(WALLET_MNEMONIC)
const { outcome } = await onboard({ signer, network: { rpcUrl, apiUrl }, sink: 'env-file:.env' })
console.log(outcome)

import { Wallet } from 'ethers'
import { onboard } from 'venice-onboard'

const { BASE_RPC_URL: rpcUrl = '', VENICE_API_URL: apiUrl = '', WALLET_PRIVATE_KEY = '' } = process.env

const signer = new Wallet(WALLET_PRIVATE_KEY)
const { outcome } = await onboard({ signer, network: { rpcUrl, apiUrl }, sink: 'env-file:.env' })
console.log(outcome)

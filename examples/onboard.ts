import { onboard } from 'venice-onboard'

const { BASE_RPC_URL = '', VENICE_API_URL = '', WALLET_PRIVATE_KEY = '' } = process.env

const { outcome, key, nextAction } = await onboard({
  signer: WALLET_PRIVATE_KEY,
  network: { rpcUrl: BASE_RPC_URL, apiUrl: VENICE_API_URL },
  stake: '1',
  budget: { maxVvv: '1', maxGasEth: '0.001' },
  sink: 'env-file:.env',
})
console.log(outcome, key?.last6, nextAction?.reason)

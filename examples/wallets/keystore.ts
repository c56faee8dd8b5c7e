import { keystoreSigner, onboard } from 'venice-onboard'

const { BASE_RPC_URL: rpcUrl = '', VENICE_API_URL: apiUrl = '', ETH_KEYSTORE = '', ETH_PASSWORD = '' } = process.env

// As Foundry, geth and ethers write it; the password is in a file.
const signer = await keystoreSigner({ path: ETH_KEYSTORE, passwordFile: ETH_PASSWORD })
const { outcome } = await onboard({ signer, network: { rpcUrl, apiUrl }, sink: 'env-file:.env' })
console.log(outcome)

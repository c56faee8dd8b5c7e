import { createTools } from 'venice-onboard'
import { elizaPlugin } from 'venice-onboard/eliza'

const { BASE_RPC_URL: rpcUrl = '', VENICE_API_URL: apiUrl = '', WALLET_PRIVATE_KEY: signer = '' } = process.env

const toolkit = createTools({
  signer,
  network: { rpcUrl, apiUrl },
  budget: { maxVvv: '1', maxGasEth: '0.001' },
  autoApprove: true,
  sink: 'env-file:.env',
})
// For the `plugins` of a project agent; elizaOS asks nobody: the budget alone decides.
const plugin = elizaPlugin(toolkit)
console.log(plugin.actions.length)
await toolkit.close()

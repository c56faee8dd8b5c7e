import { createTools } from 'venice-onboard'
import { agentKitActions } from 'venice-onboard/agentkit'

const { BASE_RPC_URL: rpcUrl = '', VENICE_API_URL: apiUrl = '', WALLET_PRIVATE_KEY: signer = '' } = process.env

const toolkit = createTools({
  signer,
  network: { rpcUrl, apiUrl },
  budget: { maxVvv: '1', maxGasEth: '0.001' },
  autoApprove: true,
  sink: 'env-file:.env',
})
// For `AgentKit.from({ actionProviders: [customActionProvider(actions)] })`; AgentKit asks nobody, so the budget decides.
const actions = agentKitActions(toolkit)
console.log(actions.length)
await toolkit.close()

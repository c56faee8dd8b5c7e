import type { ToolSet } from 'ai'
import { createTools } from 'venice-onboard'
import { aiSdkTools } from 'venice-onboard/ai-sdk'

const { BASE_RPC_URL: rpcUrl = '', VENICE_API_URL: apiUrl = '', WALLET_PRIVATE_KEY: signer = '' } = process.env

const toolkit = createTools({
  signer,
  network: { rpcUrl, apiUrl },
  budget: { maxVvv: '1', maxGasEth: '0.001' },
  sink: 'env-file:.env',
})
// For `generateText({ model, prompt, tools })`; what spends asks the person first.
const tools: ToolSet = aiSdkTools(toolkit)
console.log(Object.keys(tools).length)
await toolkit.close()

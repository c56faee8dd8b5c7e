import { tool } from '@langchain/core/tools'
import { createTools } from 'venice-onboard'
import { langchainInterrupts, langchainTools } from 'venice-onboard/langchain'

const { BASE_RPC_URL: rpcUrl = '', VENICE_API_URL: apiUrl = '', WALLET_PRIVATE_KEY: signer = '' } = process.env

const toolkit = createTools({
  signer,
  network: { rpcUrl, apiUrl },
  budget: { maxVvv: '1', maxGasEth: '0.001' },
  sink: 'env-file:.env',
})
// For `createAgent({ model, tools, middleware: [humanInTheLoopMiddleware({ interruptOn })] })`.
const tools = langchainTools(toolkit, tool)
const interruptOn = langchainInterrupts(toolkit)
console.log(tools.length, Object.keys(interruptOn).length)
await toolkit.close()

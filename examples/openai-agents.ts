import { Agent, tool } from '@openai/agents-core'
import { createTools } from 'venice-onboard'
import { openAiAgentsTools } from 'venice-onboard/openai-agents'

const { BASE_RPC_URL: rpcUrl = '', VENICE_API_URL: apiUrl = '', WALLET_PRIVATE_KEY: signer = '' } = process.env

const budget = { maxVvv: '1', maxGasEth: '0.001' }
const toolkit = createTools({ signer, network: { rpcUrl, apiUrl }, budget, sink: 'env-file:.env' })
const agent = new Agent({
  name: 'Onboarder',
  instructions: 'Get this wallet a Venice API key. Show the plan before you start.',
  tools: openAiAgentsTools(toolkit, tool),
})
console.log(agent.tools.length)
await toolkit.close()

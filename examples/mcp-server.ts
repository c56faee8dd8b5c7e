import * as sdk from '@modelcontextprotocol/server'
import { createTools } from 'venice-onboard'
import { registerTools } from 'venice-onboard/mcp'

const { BASE_RPC_URL: rpcUrl = '', VENICE_API_URL: apiUrl = '', WALLET_PRIVATE_KEY: signer = '' } = process.env

// A server of one's own; `venice-onboard mcp` is one that is ready.
const toolkit = createTools({
  signer,
  network: { rpcUrl, apiUrl },
  budget: { maxVvv: '1', maxGasEth: '0.001' },
  sink: 'env-file:.env',
})
const server = new sdk.McpServer({ name: 'my-agent', version: '1.0.0' })
registerTools(server, toolkit, sdk)
console.log(toolkit.tools.length)
await toolkit.close()

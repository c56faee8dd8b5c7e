/** The command's MCP server, and a client that takes tasks. */
import { Client, type JSONRPCMessage } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import { createTaskSessionFromClient, resultFromTaskOutcome } from '@modelcontextprotocol/ext-tasks/client'

const { WALLET_PRIVATE_KEY = '', BASE_RPC_URL: rpcUrl = '', VENICE_API_URL: apiUrl = '', PATH = '' } = process.env
const words = [
  '--network',
  'base',
  '--rpc-url',
  rpcUrl,
  '--api-url',
  apiUrl,
  '--max-vvv',
  '1',
  '--max-gas-eth',
  '0.001',
]
const transport = new StdioClientTransport({
  command: process.execPath,
  args: ['node_modules/venice-onboard/dist/cli/venice-onboard.js', 'mcp', ...words, '--yes'],
  env: { PATH, WALLET_PRIVATE_KEY },
})
const clientInfo = { name: 'host', version: '1.0.0' }
const client = new Client(clientInfo, { versionNegotiation: { mode: 'auto' } })
await client.connect(transport)

// The client of the SDK takes no task as the result of a call, so these calls go past it.
const own = new Map<unknown, (response: never) => void>()
const deliver = transport.onmessage
transport.onmessage = (message) => {
  const resolve = 'id' in message ? own.get(message.id) : undefined
  if (resolve === undefined) deliver?.(message)
  else resolve(message as never)
}
const rawDispatch = async (request: unknown): Promise<never> => {
  const id = `task-${own.size}`
  const answer = new Promise<never>((resolve) => void own.set(id, resolve))
  await transport.send({ ...(request as object), jsonrpc: '2.0', id } as JSONRPCMessage)
  return answer
}
const session = createTaskSessionFromClient(client, {
  endpointId: 'venice-onboard',
  rawDispatch,
  v2RequestFraming: { protocolVersion: '2026-07-28', clientInfo, clientCapabilities: {} },
})
const plan = await client.callTool({ name: 'venice_plan', arguments: {} })
const { data } = plan.structuredContent as { data: { planDigest: string } }
const execution = await session.callTool('venice_start', { planDigest: data.planDigest })
const { outcome } = await execution.settle()
const result = resultFromTaskOutcome(outcome) as { structuredContent?: { data?: { outcome?: string } } }
await session.close()
await client.close()
const well = result.structuredContent?.data?.outcome === 'unfunded'
console.log(well ? 'well: `venice_start` as a task, until its run has ended' : JSON.stringify(outcome))
process.exit(well ? 0 : 1)

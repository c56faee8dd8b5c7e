import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js'
import { ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js'
import type { Play } from '../play.ts'
import { serverWith } from './agent.ts'

export const asks = 'the host'

export const play: Play = async (toolkit, { says }) => {
  const client = new Client({ name: 'host', version: '1.0.0' }, { capabilities: { elicitation: {} } })
  client.setRequestHandler(ElicitRequestSchema, async ({ params }) => ({
    action: says(params.message) ? ('accept' as const) : ('decline' as const),
    content: {},
  }))
  const [here, there] = InMemoryTransport.createLinkedPair()
  await Promise.all([serverWith(toolkit).connect(there), client.connect(here)])
  return async ({ tool, args }) => {
    const given = { name: tool, arguments: args }
    return (await client.callTool(given, undefined, { timeout: 120_000 })).structuredContent as never
  }
}

import { Client, InMemoryTransport } from '@modelcontextprotocol/client'
import type { Play } from '../play.ts'
import { serverWith } from './agent.ts'

export const asks = 'the host'

export const play: Play = async (toolkit, { says }) => {
  const client = new Client({ name: 'host', version: '1.0.0' }, { capabilities: { elicitation: { form: {} } } })
  client.setRequestHandler('elicitation/create', async ({ params }) => ({
    action: says(params.message) ? 'accept' : 'decline',
    content: {},
  }))
  const [here, there] = InMemoryTransport.createLinkedPair()
  await Promise.all([serverWith(toolkit).connect(there), client.connect(here)])
  return async ({ tool, args }) =>
    (await client.callTool({ name: tool, arguments: args }, { timeout: 120_000 })).structuredContent as never
}

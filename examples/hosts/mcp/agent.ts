import * as sdk from '@modelcontextprotocol/server'
import type { Toolkit } from 'venice-onboard'
import { registerTools } from 'venice-onboard/mcp'

export const serverWith = (toolkit: Toolkit) => {
  const server = new sdk.McpServer({ name: 'my-agent', version: '1.0.0' })
  registerTools(server, toolkit, sdk)
  return server
}

import { createSdkMcpServer, type Options } from '@anthropic-ai/claude-agent-sdk'
import * as sdk from '@modelcontextprotocol/server'
import type { Toolkit } from 'venice-onboard'
import { registerTools } from 'venice-onboard/mcp'

/** For `query({ prompt, options })`. What spends asks the person by `onElicitation`, or by `confirm` of the toolkit. */
export const optionsWith = (toolkit: Toolkit): Options => {
  const server = createSdkMcpServer({ name: 'venice' })
  registerTools(server.instance, toolkit, sdk)
  return { mcpServers: { venice: server }, allowedTools: toolkit.tools.map(({ name }) => `mcp__venice__${name}`) }
}

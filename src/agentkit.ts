import type { Tool } from './agent/tool.ts'
import type { Toolkit } from './agent/tools.ts'

/** An action as `customActionProvider` of `@coinbase/agentkit` takes it. Of one argument, so that it is given no wallet. */
export interface AgentKitAction {
  name: string
  description: string
  schema: Tool['inputSchema']
  invoke(args: unknown): Promise<string>
}

/**
 * The tools for AgentKit: `customActionProvider(agentKitActions(toolkit))`. They use the wallet of the toolkit, whatever
 * wallet AgentKit has. AgentKit asks nobody: give the toolkit a budget, and `confirm`, `planDigest` or `autoApprove`.
 */
export const agentKitActions = ({ tools }: Pick<Toolkit, 'tools'>): AgentKitAction[] =>
  tools.map(({ name, description, inputSchema, execute }) => ({
    name,
    description,
    schema: inputSchema,
    invoke: async (args) => JSON.stringify(await execute(args)),
  }))

import type { Tool } from './agent/tool.ts'
import type { Toolkit } from './agent/tools.ts'

/** An action as `customActionProvider` of `@coinbase/agentkit` takes it. Of one argument, so that it is given no wallet. */
export interface AgentKitAction<Schema = Tool['inputSchema']> {
  name: string
  description: string
  /** Of zod 4. AgentKit 0.10 declares one of zod 3, whose types no schema of zod 4 has, and uses what both have. */
  schema: Schema
  invoke(args: unknown): Promise<string>
}

/**
 * The tools for AgentKit: `customActionProvider(agentKitActions(toolkit))`. They use the wallet of the toolkit, whatever
 * wallet AgentKit has. AgentKit asks nobody: give the toolkit a budget, and `confirm`, `planDigest` or `autoApprove`.
 */
export const agentKitActions = <Schema = Tool['inputSchema']>({
  tools,
}: Pick<Toolkit, 'tools'>): AgentKitAction<Schema>[] =>
  tools.map(({ name, description, inputSchema, execute }) => ({
    name,
    description,
    schema: inputSchema as Schema,
    invoke: async (args) => JSON.stringify(await execute(args)),
  }))

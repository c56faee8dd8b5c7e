import type { Toolkit } from './agent/tools.ts'

/** An action as `customActionProvider` of `@coinbase/agentkit` takes it. Of one argument, so that it is given no wallet. */
export interface AgentKitAction {
  name: string
  description: string
  /** The input schema, of zod 4. AgentKit 0.10 declares it as one of zod 3, whose types no schema of zod 4 has. */
  schema: never
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
    schema: inputSchema as never,
    invoke: async (args) => JSON.stringify(await execute(args)),
  }))

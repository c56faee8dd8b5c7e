import type { Tool } from './agent/tool.ts'
import type { Toolkit } from './agent/tools.ts'

/** As much of `tool` of `@langchain/core/tools` as is used. */
export type LangchainToolFactory<T> = (
  run: (args: unknown, config?: { signal?: AbortSignal | undefined }) => Promise<string>,
  fields: { name: string; description: string; schema: Tool['inputSchema'] },
) => T

/** The tools for LangChain: `langchainTools(toolkit, tool)`, with its own `tool`. Results are JSON. */
export const langchainTools = <T>({ tools }: Pick<Toolkit, 'tools'>, tool: LangchainToolFactory<T>): T[] =>
  tools.map(({ name, description, inputSchema, execute }) =>
    tool(async (args, { signal } = {}) => JSON.stringify(await execute(args, signal && { signal })), {
      name,
      description,
      schema: inputSchema,
    }),
  )

/** For `humanInTheLoopMiddleware({ interruptOn })`: the tools that a person must approve. */
export const langchainInterrupts = ({ tools }: Pick<Toolkit, 'tools'>): Record<string, boolean> =>
  Object.fromEntries(tools.map(({ name, annotations }) => [name, annotations.destructive]))

import type { ToolResult } from './agent/tool.ts'
import type { Toolkit } from './agent/tools.ts'

/** A function tool as `tool` of `@openai/agents` takes it. Not strict: a strict schema may leave nothing away. */
export interface OpenAiToolOptions {
  name: string
  description: string
  parameters: { type: 'object'; properties: Record<string, object>; required: string[]; additionalProperties: true }
  strict: false
  needsApproval: boolean
  execute(args: unknown, context?: unknown, details?: { signal?: AbortSignal | undefined }): Promise<ToolResult>
}

/** The tools for OpenAI Agents: `openAiAgentsTools(toolkit, tool)`, with its own `tool`. */
export const openAiAgentsTools = <T>({ tools }: Pick<Toolkit, 'tools'>, tool: (options: OpenAiToolOptions) => T): T[] =>
  tools.map(({ name, description, inputSchema, annotations, execute }) => {
    const { properties = {}, required = [] } = inputSchema.toJSONSchema({ io: 'input' })
    return tool({
      name,
      description,
      parameters: {
        type: 'object',
        properties: properties as Record<string, object>, // No field of ours is a bare boolean schema.
        required: [...required],
        additionalProperties: true,
      },
      strict: false,
      needsApproval: annotations.destructive,
      execute: (args, _context, details) => execute(args, details?.signal && { signal: details.signal }),
    })
  })

import type { Tool, ToolResult } from './agent/tool.ts'
import type { Toolkit } from './agent/tools.ts'

/** A function tool as `tool` of `@openai/agents` takes it. Not strict: a strict schema must not omit anything. */
export interface OpenAiToolOptions {
  name: string
  description: string
  parameters: { type: 'object'; properties: Record<string, object>; required: string[]; additionalProperties: true }
  strict: false
  /** Whether the person is to be asked: not where the toolkit asks itself. */
  needsApproval: boolean | ((context: unknown, args: unknown) => Promise<boolean>)
  execute(args: unknown, context?: unknown, details?: OpenAiCall): Promise<ToolResult>
}

/** What OpenAI Agents tells a tool of its call. */
export interface OpenAiCall {
  signal?: AbortSignal | undefined
  toolCall?: { callId?: string } | undefined
}

/**
 * The tools for OpenAI Agents: `openAiAgentsTools(toolkit, tool)`, with its own `tool`. The person is asked by the runner
 * where the toolkit does not ask itself; only an approval that the run context holds for the call counts as their yes.
 */
export const openAiAgentsTools = <T>({ tools }: Pick<Toolkit, 'tools'>, tool: (options: OpenAiToolOptions) => T): T[] =>
  tools.map((ours) => {
    const { name, description, inputSchema } = ours
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
      needsApproval: ours.confirmation === undefined ? false : (_context, args) => isAsked(ours, args),
      execute: (args, context, details) =>
        ours.execute(args, {
          ...(details?.signal && { signal: details.signal }),
          approval: { call: isApproved(context, { toolName: name, callId: details?.toolCall?.callId }) },
        }),
    })
  })

const isAsked = async ({ confirmation }: Tool, args: unknown): Promise<boolean> => (await confirmation?.(args)) !== null

/** As much of `RunContext` as is used. */
interface Approving {
  isToolApproved?: (call: { toolName: string; callId: string }) => boolean | undefined
}

function isApproved(context: unknown, { toolName, callId }: { toolName: string; callId: string | undefined }): boolean {
  if (callId === undefined || typeof context !== 'object' || context === null) return false
  return (context as Approving).isToolApproved?.({ toolName, callId }) === true
}

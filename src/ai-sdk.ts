import type { Tool, ToolResult } from './agent/tool.ts'
import type { Toolkit } from './agent/tools.ts'

/** A tool as `generateText` and agents of the AI SDK take it; its zod schemas are taken as they are. */
export interface AiSdkTool extends Pick<Tool, 'title' | 'description' | 'inputSchema' | 'outputSchema'> {
  /** Asks the person before it runs. From version 7 on, pass `toolApproval` as well, made of this. */
  needsApproval: boolean
  execute(args: unknown, options: { abortSignal?: AbortSignal | undefined }): Promise<ToolResult>
}

/** The tools for the AI SDK, by name: `generateText({ tools: aiSdkTools(toolkit) })`. */
export const aiSdkTools = ({ tools }: Pick<Toolkit, 'tools'>): Record<string, AiSdkTool> =>
  Object.fromEntries(
    tools.map((tool) => [
      tool.name,
      {
        title: tool.title,
        description: tool.description,
        inputSchema: tool.inputSchema,
        outputSchema: tool.outputSchema,
        needsApproval: tool.annotations.destructive,
        execute: (args, { abortSignal }) => tool.execute(args, abortSignal && { signal: abortSignal }),
      },
    ]),
  )

import type { Tool, ToolResult } from './agent/tool.ts'
import type { Toolkit } from './agent/tools.ts'

/** What the AI SDK tells a tool of its call. */
export interface AiSdkCall {
  toolCallId?: string | undefined
  messages?: readonly unknown[] | undefined
  abortSignal?: AbortSignal | undefined
}

/** A tool as `generateText` and agents of the AI SDK take it; its zod schemas are taken as they are. */
export interface AiSdkTool extends Pick<Tool, 'title' | 'description' | 'inputSchema' | 'outputSchema'> {
  /** Whether the person is to be asked, in version 6. Version 7 shows them why: see `aiSdkToolApproval`. */
  needsApproval: boolean | ((args: unknown) => Promise<boolean>)
  execute(args: unknown, call: AiSdkCall): Promise<ToolResult>
}

/**
 * The tools for the AI SDK, by name: `generateText({ tools: aiSdkTools(toolkit) })`. The person is asked by the SDK where
 * the toolkit does not ask itself; only an approval that is in the messages counts as their yes.
 */
export const aiSdkTools = ({ tools }: Pick<Toolkit, 'tools'>): Record<string, AiSdkTool> =>
  Object.fromEntries(
    tools.map((tool) => [
      tool.name,
      {
        title: tool.title,
        description: tool.description,
        inputSchema: tool.inputSchema,
        outputSchema: tool.outputSchema,
        needsApproval: tool.confirmation === undefined ? false : (args) => isAsked(tool, args),
        execute: (args, call) =>
          tool.execute(args, {
            ...(call.abortSignal && { signal: call.abortSignal }),
            approval: { call: isApproved(tool.name, args, call) },
          }),
      },
    ]),
  )

/** What `toolApproval` of the AI SDK takes for one tool. The reason is the question, in sentences. */
export type AiSdkApproval = (args: unknown) => Promise<{ type: 'user-approval'; reason: string } | 'not-applicable'>

/**
 * For version 7 of the AI SDK, as well as the tools: `generateText({ tools, toolApproval: aiSdkToolApproval(toolkit) })`. Its request for
 * an approval then holds the plan in sentences, from 7.0.82 on.
 */
export const aiSdkToolApproval = ({ tools }: Pick<Toolkit, 'tools'>): Record<string, AiSdkApproval> =>
  Object.fromEntries(
    tools.flatMap(({ name, confirmation }) => {
      if (confirmation === undefined) return []
      const approval: AiSdkApproval = async (args) => {
        const question = await confirmation(args)
        return question === null ? 'not-applicable' : { type: 'user-approval', reason: question.message }
      }
      return [[name, approval]]
    }),
  )

const isAsked = async ({ confirmation }: Tool, args: unknown): Promise<boolean> => (await confirmation?.(args)) !== null

interface Part {
  type?: string
  toolName?: string
  toolCallId?: string
  approvalId?: string
  approved?: boolean
  input?: unknown
}

/**
 * The SDK runs an approved call when the answer of the person is the last message; call and request are in one before.
 */
function isApproved(toolName: string, args: unknown, { toolCallId, messages = [] }: AiSdkCall): boolean {
  const partsOf = (message: unknown): readonly Part[] => {
    const { content } = (message ?? {}) as { content?: unknown }
    return Array.isArray(content) ? (content as Part[]) : []
  }
  const earlier = messages.flatMap(partsOf)
  const call = earlier.find((part) => part.type === 'tool-call' && part.toolCallId === toolCallId)
  const request = earlier.find((part) => part.type === 'tool-approval-request' && part.toolCallId === toolCallId)
  if (call?.toolName !== toolName || request === undefined) return false
  if (JSON.stringify(call.input) !== JSON.stringify(args)) return false
  return partsOf(messages.at(-1)).some(
    ({ type, approvalId, approved }) =>
      type === 'tool-approval-response' && approvalId === request.approvalId && approved === true,
  )
}

import type { Tool, ToolIo } from './agent/tool.ts'
import type { Toolkit } from './agent/tools.ts'
import type { Question } from './library/approval.ts'

/** As much of `tool` of `@langchain/core/tools` as is used. */
export type LangchainToolFactory<T> = (
  run: (args: unknown, config?: { signal?: AbortSignal | undefined }) => Promise<string>,
  fields: { name: string; description: string; schema: Tool['inputSchema'] },
) => T

/** How a graph asks its person. Without either, the toolkit must be able to. */
export interface LangchainOptions {
  /** `interrupt` of `@langchain/langgraph`. It is shown the question; `true`, or a decision of type `approve`, is a yes. */
  interrupt?: (question: Question) => unknown
  /**
   * The agent has `humanInTheLoopMiddleware({ interruptOn: langchainInterrupts(toolkit) })`: a call that comes here was
   * approved by a person. Default false.
   */
  approvedByMiddleware?: boolean
}

/** The tools for LangChain: `langchainTools(toolkit, tool)`, with its own `tool`. Results are JSON. */
export const langchainTools = <T>(
  { tools }: Pick<Toolkit, 'tools'>,
  tool: LangchainToolFactory<T>,
  { interrupt, approvedByMiddleware = false }: LangchainOptions = {},
): T[] =>
  tools.map((ours) => {
    const { name, description, inputSchema: schema } = ours
    const fields = { name, description, schema }
    return tool(async (args, { signal } = {}) => {
      const io: ToolIo = { ...(signal && { signal }), approval: { call: approvedByMiddleware } }
      const question = interrupt === undefined ? null : ((await ours.confirmation?.(args)) ?? null)
      if (interrupt === undefined || question === null) return JSON.stringify(await ours.execute(args, io))
      // It throws until there is an answer, and the graph then calls the tool again.
      const answer = await interrupt(question)
      if (!isYes(answer)) return JSON.stringify(ours.declined())
      return JSON.stringify(await ours.execute(args, { ...io, approval: { question: question.id } }))
    }, fields)
  })

function isYes(answer: unknown): boolean {
  if (answer === true) return true
  if (typeof answer !== 'object' || answer === null) return false
  const { type, decisions } = answer as { type?: unknown; decisions?: unknown }
  return type === 'approve' || (Array.isArray(decisions) && decisions.length === 1 && isYes(decisions[0]))
}

/** What `interruptOn` of `humanInTheLoopMiddleware` takes for one tool. */
export interface LangchainInterrupt {
  /** Not `edit`: what was shown is what is done. */
  allowedDecisions: ('approve' | 'reject')[]
  /** The question, in sentences. */
  description: (call: { args: Record<string, unknown> }) => Promise<string>
}

/** For `humanInTheLoopMiddleware({ interruptOn })`: the tools that a person must approve, with what they are asked. */
export const langchainInterrupts = ({ tools }: Pick<Toolkit, 'tools'>): Record<string, LangchainInterrupt | false> =>
  Object.fromEntries(
    tools.map(({ name, title, confirmation }) => [
      name,
      confirmation === undefined
        ? false
        : {
            allowedDecisions: ['approve', 'reject'],
            description: async ({ args }) => (await confirmation(args))?.message ?? title,
          },
    ]),
  )

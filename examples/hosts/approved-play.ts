import type { Toolkit, ToolResult } from 'venice-onboard'
import type { Play } from './play.ts'
import { scriptedModel } from './scripted-model.ts'

/** As much as is used of the AI SDK, whose versions name the same things. */
interface Request {
  type: string
  approvalId: string
  reason?: string
  toolCall: { input: unknown }
}
interface Agent {
  generate(given: { messages: never }): Promise<{
    content: readonly { type: string }[]
    response: { messages: readonly object[] }
    steps: readonly { toolResults: readonly { output: unknown }[] }[]
  }>
}

/** Agents of the AI SDK, whose requests for approval are answered by the person with the next messages. */
export const playApproved =
  (agentWith: (toolkit: Toolkit, model: never) => Agent, questionOf: (request: Request) => string): Play =>
  async (toolkit, { says }) => {
    const { model, next, lastRead } = scriptedModel('v3')
    const agent = agentWith(toolkit, model as never)
    return async (call) => {
      next(call)
      const messages: object[] = [{ role: 'user', content: 'go' }]
      const first = await agent.generate({ messages: messages as never })
      const request = first.content.find((part) => part.type === 'tool-approval-request') as Request | undefined
      if (request === undefined) return first.steps[0]?.toolResults[0]?.output as never
      const approved = says(questionOf(request))
      const answer = { type: 'tool-approval-response', approvalId: request.approvalId, approved }
      messages.push(...first.response.messages, { role: 'tool', content: [answer] })
      await agent.generate({ messages: messages as never })
      // What the model reads of an approved call is what came of it.
      const result = lastRead() as ToolResult | null
      return typeof result?.ok === 'boolean' ? result : null
    }
  }

import type { ModelMessage } from 'ai'
import type { ToolResult } from 'venice-onboard'
import type { Play } from '../play.ts'
import { scriptedModel } from '../scripted-model.ts'
import { agentWith } from './agent.ts'

export const asks = 'the host'

export const play: Play = async (toolkit, { says }) => {
  const { model, next, lastRead } = scriptedModel('v3')
  const agent = agentWith(toolkit, model as never)
  return async (call) => {
    next(call)
    const messages: ModelMessage[] = [{ role: 'user', content: 'go' }]
    const first = await agent.generate({ messages })
    const request = first.content.find((part) => part.type === 'tool-approval-request')
    if (request === undefined) return first.steps[0]?.toolResults[0]?.output as never
    const approved = says(JSON.stringify(request.toolCall.input))
    messages.push(...first.response.messages, {
      role: 'tool',
      content: [{ type: 'tool-approval-response', approvalId: request.approvalId, approved }],
    })
    await agent.generate({ messages })
    // What the model reads of an approved call is what came of it.
    const result = lastRead() as ToolResult | null
    return typeof result?.ok === 'boolean' ? result : null
  }
}

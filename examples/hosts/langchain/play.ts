import { randomUUID } from 'node:crypto'
import { BaseChatModel } from '@langchain/core/language_models/chat_models'
import { AIMessage, type BaseMessage } from '@langchain/core/messages'
import { Command } from '@langchain/langgraph'
import type { Call, Play } from '../play.ts'
import { agentWith } from './agent.ts'

export const asks = 'the host'

class Scripted extends BaseChatModel {
  next: Call | null = null
  override _llmType() {
    return 'scripted'
  }
  override bindTools() {
    return this
  }
  async _generate(_messages: BaseMessage[]) {
    const call = this.next
    this.next = null
    const toolCalls =
      call === null ? [] : [{ id: randomUUID(), name: call.tool, args: call.args, type: 'tool_call' as const }]
    const message = new AIMessage({ content: call === null ? 'done' : '', tool_calls: toolCalls })
    return { generations: [{ text: '', message }] }
  }
}

export const play: Play = async (toolkit, { says }) => {
  const model = new Scripted({})
  const agent = agentWith(toolkit, model)
  return async (call) => {
    model.next = call
    const config = { configurable: { thread_id: randomUUID() } }
    let state = await agent.invoke({ messages: [{ role: 'user', content: 'go' }] }, config)
    const [interrupt] =
      (state as { __interrupt__?: { value?: { actionRequests: { description: string }[] } }[] }).__interrupt__ ?? []
    const question = interrupt?.value?.actionRequests[0]?.description
    if (question !== undefined) {
      const type = says(question) ? 'approve' : 'reject'
      state = await agent.invoke(new Command({ resume: { decisions: [{ type }] } }) as never, config)
    }
    const answer = state.messages.findLast((message: BaseMessage) => message.getType() === 'tool')
    try {
      return JSON.parse(String(answer?.content))
    } catch {
      return null
    }
  }
}

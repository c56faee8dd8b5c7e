import { randomUUID } from 'node:crypto'
import { type Model, run, setTracingDisabled, Usage } from '@openai/agents-core'
import type { Call, Play } from '../play.ts'
import { agentWith } from './agent.ts'

export const asks = 'the host'
setTracingDisabled(true)

export const play: Play = async (toolkit, { says }) => {
  let next: Call | null = null
  const model: Model = {
    async getResponse() {
      const call = next
      next = null
      const item =
        call === null
          ? {
              type: 'message',
              role: 'assistant',
              status: 'completed',
              content: [{ type: 'output_text', text: 'done' }],
            }
          : {
              type: 'function_call',
              callId: randomUUID(),
              name: call.tool,
              status: 'completed',
              arguments: JSON.stringify(call.args),
            }
      return { usage: new Usage(), output: [item as never] }
    },
    getStreamedResponse() {
      throw new Error('This model does not stream.')
    },
  }
  const agent = agentWith(toolkit, model)
  return async (call) => {
    next = call
    let result = await run(agent, 'go')
    const [interruption] = result.interruptions ?? []
    if (interruption !== undefined) {
      // The person sees the arguments of the call.
      if (says(String(interruption.arguments))) result.state.approve(interruption)
      else result.state.reject(interruption)
      result = await run(agent, result.state)
    }
    const output = result.newItems.flatMap((item) => (item.type === 'tool_call_output_item' ? [item.output] : []))[0]
    try {
      return typeof output === 'string' ? JSON.parse(output) : output
    } catch {
      return null
    }
  }
}

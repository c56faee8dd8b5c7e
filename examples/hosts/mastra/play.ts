import type { Play } from '../play.ts'
import { scriptedModel } from '../scripted-model.ts'
import { agentWith } from './agent.ts'

export const asks = 'the toolkit'

export const play: Play = async (toolkit) => {
  const { model, next } = scriptedModel('v2')
  const agent = agentWith(toolkit, model as never)
  return async (call) => {
    next(call)
    const { toolResults } = await agent.generate('go', { maxSteps: 2 })
    const [first] = toolResults
    return first?.payload.result as never
  }
}

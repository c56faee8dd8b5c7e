import { type LanguageModel, ToolLoopAgent } from 'ai'
import type { Toolkit } from 'venice-onboard'
import { aiSdkToolApproval, aiSdkTools } from 'venice-onboard/ai-sdk'

export const agentWith = (toolkit: Toolkit, model: LanguageModel) => {
  const tools = aiSdkTools(toolkit)
  return new ToolLoopAgent({ model, tools, toolApproval: aiSdkToolApproval(toolkit) })
}

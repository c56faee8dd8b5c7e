import { Agent } from '@mastra/core/agent'
import type { MastraModelConfig } from '@mastra/core/llm'
import type { Toolkit } from 'venice-onboard'
import { aiSdkTools } from 'venice-onboard/ai-sdk'

/** Mastra takes tools of the AI SDK. It asks nobody for them: the toolkit has `confirm`, or a plan that was approved. */
export const agentWith = (toolkit: Toolkit, model: MastraModelConfig) =>
  new Agent({
    id: 'onboarder',
    name: 'Onboarder',
    instructions: 'Get this wallet a Venice API key. Show the plan before you start.',
    model,
    tools: aiSdkTools(toolkit),
  })

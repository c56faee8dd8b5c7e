import { Agent, type Model, tool } from '@openai/agents-core'
import type { Toolkit } from 'venice-onboard'
import { openAiAgentsTools } from 'venice-onboard/openai-agents'

export const agentWith = (toolkit: Toolkit, model: Model) =>
  new Agent({
    name: 'Onboarder',
    instructions: 'Get this wallet a Venice API key. Show the plan before you start.',
    model,
    tools: openAiAgentsTools(toolkit, tool),
  })

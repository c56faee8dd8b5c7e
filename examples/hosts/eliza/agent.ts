import { AgentRuntime, type Character } from '@elizaos/core'
import type { Toolkit } from 'venice-onboard'
import { elizaPlugin } from 'venice-onboard/eliza'

/** elizaOS asks nobody: the toolkit has `confirm`, or a plan that was approved. */
export const agentWith = (toolkit: Toolkit, character: Character) =>
  new AgentRuntime({ character, plugins: [elizaPlugin(toolkit)] })

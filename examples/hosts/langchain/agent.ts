import { tool } from '@langchain/core/tools'
import { MemorySaver } from '@langchain/langgraph'
import { createAgent, humanInTheLoopMiddleware } from 'langchain'
import type { Toolkit } from 'venice-onboard'
import { langchainInterrupts, langchainTools } from 'venice-onboard/langchain'

type Model = NonNullable<Parameters<typeof createAgent>[0]['model']>

export const agentWith = (toolkit: Toolkit, model: Model) => {
  const tools = langchainTools(toolkit, tool as never, { approvedByMiddleware: true })
  const asking = humanInTheLoopMiddleware({ interruptOn: langchainInterrupts(toolkit) })
  return createAgent({ model, tools: tools as never[], middleware: [asking], checkpointer: new MemorySaver() })
}

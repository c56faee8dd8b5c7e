import { randomUUID } from 'node:crypto'
import type { ActionResult, Content, IDatabaseAdapter, Memory, State } from '@elizaos/core'
import { elizaPlugin } from 'venice-onboard/eliza'
import type { Play } from '../play.ts'
import { agentWith } from './agent.ts'

export const asks = 'the toolkit'

/** A database that keeps nothing. */
const nowhere = new Proxy({} as IDatabaseAdapter, { get: (_, name) => (name === 'then' ? undefined : async () => []) })

export const play: Play = async (toolkit) => {
  const runtime = agentWith(toolkit, { name: 'Agent', bio: 'Gets a key.', settings: { LOG_LEVEL: 'fatal' } } as never)
  runtime.registerDatabaseAdapter(nowhere)
  // As initialize() does, which needs a real database.
  await runtime.registerPlugin(elizaPlugin(toolkit))
  return async ({ tool, args }) => {
    const memory = (content: Content): Memory =>
      ({ id: randomUUID(), entityId: runtime.agentId, roomId: randomUUID(), content }) as Memory
    const state: State = { values: {}, data: { actionParams: args }, text: '' }
    runtime.composeState = async () => state
    const message = memory({ text: 'go' })
    await runtime.processActions(message, [memory({ text: '', actions: [tool.toUpperCase()] })], state)
    const [result] = runtime.getActionResults(message.id as never) as ActionResult[]
    return result?.data as never
  }
}

import { playApproved } from '../approved-play.ts'
import { agentWith } from './agent.ts'

export const asks = 'the host'

/** The person sees the arguments of the call. */
export const play = playApproved(agentWith, ({ toolCall }) => JSON.stringify(toolCall.input))

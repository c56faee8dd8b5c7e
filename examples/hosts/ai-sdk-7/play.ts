import { playApproved } from '../approved-play.ts'
import { agentWith } from './agent.ts'

export const asks = 'the host'

/** The person sees the reason of the request, which is the plan in sentences. */
export const play = playApproved(agentWith, ({ reason = '' }) => reason)

import { type Attempt, leastNonce } from '../../domain/attempt.ts'
import { NodeBehindError } from '../../errors/chain/endpoints.ts'
import { REPLICA_LAG_MS } from './evidence.ts'
import type { Ports } from './io.ts'

type Survey<Seen> = (leastNonce: number) => Promise<Seen>

/**
 * Surveys with the nonces that mined attempts have used, and without them once a reorganisation has undone the last of these
 * for good: no node shows its receipt, nor its nonce as used, for longer than replicas lag. What is drafted then has its
 * nonce, so that the chain still takes only one of them. Remembers from one survey of a process to the next.
 */
export function createSurveyor({ chain, clock }: Pick<Ports, 'chain' | 'clock'>) {
  let sinceMs: number | null = null

  async function isUndone(attempts: readonly Attempt[], signal: AbortSignal): Promise<boolean> {
    const last = attempts.findLast(({ nonce, status }) => status === 'mined' && nonce + 1 === leastNonce(attempts))
    if (last === undefined || (await chain.hasReceipt(last, signal))) {
      sinceMs = null
      return false
    }
    sinceMs ??= clock.now()
    return clock.now() - sinceMs >= REPLICA_LAG_MS
  }

  return async <Seen>(attempts: readonly Attempt[], survey: Survey<Seen>, signal: AbortSignal): Promise<Seen> => {
    try {
      const seen = await survey(leastNonce(attempts))
      sinceMs = null
      return seen
    } catch (error) {
      if (!(error instanceof NodeBehindError) || !(await isUndone(attempts, signal))) throw error
      return survey(0)
    }
  }
}

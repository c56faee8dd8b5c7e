import { type Attempt, leastNonce } from '../../domain/attempt.ts'
import { NodeBehindError } from '../../errors/chain/endpoints.ts'
import { REPLICA_LAG_MS } from './evidence.ts'
import type { Ports } from './io.ts'

type Survey<Seen> = (leastNonce: number) => Promise<Seen>

/**
 * Reads the wallet, counting the nonces of mined attempts as used. They no longer count after a reorganisation has
 * undone the last of them for good: for longer than replicas lag, no node shows its receipt or its nonce as used. The
 * new draft gets that nonce, so the chain still takes only one of the two. Keeps memory between the reads of a process.
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

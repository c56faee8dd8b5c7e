import type { Chain } from '../../ports/chain.ts'
import type { Clock } from '../../ports/clock.ts'

/** Waits for blocks until `stop`. */
export interface HeadWait {
  /**
   * Resolves at the next announced block, at once if one was announced since the last call, and at `wakeAt` at the
   * latest.
   *
   * @returns whether one was announced.
   */
  until(wakeAt: number): Promise<boolean>
  stop(): void
}

/** Made once, because making an error records a stack. */
const OVER = new Error('The wait has ended.')

/**
 * Makes waits that end early if the chain announces its blocks.
 *
 * Side effects: follows the chain's heads until `stop`.
 *
 * @param signal - its abort ends a wait with its reason.
 */
export function waitForHeads(
  { chain, clock }: { chain: Pick<Chain, 'followHeads'>; clock: Clock },
  signal: AbortSignal,
): HeadWait {
  let isNew = false
  let wake: (() => void) | null = null
  const stop = chain.followHeads(() => {
    isNew = true
    wake?.()
  })
  return {
    stop,
    async until(wakeAt) {
      const over = new AbortController()
      const announced = new Promise<void>((resolve) => {
        wake = resolve
        // The block was announced during a request, whose answer may be older.
        if (isNew) resolve()
      })
      const due = clock.sleepUntil(wakeAt, AbortSignal.any([signal, over.signal]))
      try {
        await Promise.race([announced, due])
        signal.throwIfAborted()
        return isNew
      } finally {
        isNew = false
        wake = null
        over.abort(OVER)
        due.catch(() => {})
      }
    },
  }
}

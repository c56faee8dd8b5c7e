import type { Chain } from '../../ports/chain.ts'
import type { Clock } from '../../ports/clock.ts'

/** Waits for blocks, as long as somebody watches. */
export interface HeadWait {
  /**
   * Resolves with the next block that is announced, or was since it last did; by the clock at the latest.
   *
   * @returns whether one was announced.
   */
  until(wakeAt: number): Promise<boolean>
  stop(): void
}

/** Made once, since an error takes its stack with it. */
const OVER = new Error('The wait has ended.')

/**
 * Waits that end early where the chain announces its blocks.
 *
 * Side effects: follows the chain's heads until `stop`.
 *
 * @param signal - ends a wait with its reason.
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
        // Announced while something was being asked, whose answer may be from before.
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

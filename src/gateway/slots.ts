/** @see https://github.com/veniceai/skills/blob/main/skills/venice-x402/SKILL.md (2026-10-02): the sixth call gets a 429 */
export const CALLS_PER_WALLET = 5

/** Room for calls of one wallet. */
export interface Slots {
  /** Resolves when there is room, in order. @returns gives the place back; safe to repeat. Rejects when `signal` aborts. */
  take(signal?: AbortSignal): Promise<() => void>
}

export function createSlots(limit: number): Slots {
  let free = limit
  const waiting = new Set<() => void>()

  function place(): () => void {
    let isHeld = true
    return () => {
      if (!isHeld) return
      isHeld = false
      const [next] = waiting
      if (next === undefined) free += 1
      else {
        waiting.delete(next)
        next()
      }
    }
  }

  return {
    async take(signal) {
      signal?.throwIfAborted()
      if (free > 0) {
        free -= 1
        return place()
      }
      await new Promise<void>((resolve, reject) => {
        const stop = () => {
          waiting.delete(go)
          reject(signal?.reason)
        }
        const go = () => {
          signal?.removeEventListener('abort', stop)
          resolve()
        }
        waiting.add(go)
        signal?.addEventListener('abort', stop, { once: true })
      })
      return place()
    },
  }
}

import type { Attempt } from '../../domain/attempt.ts'

/** Stakes that this process signed along with their approves, until their own turn to be handed out. */
export interface Followers {
  /** Remembers the stake among `signed`, which are recorded before anything is taken. */
  note(signed: readonly Attempt[]): void
  /** The stake has gone out with its approve, at that time (ISO 8601). */
  noteOut(hash: string, at: string): void
  /**
   * What is known of `attempts`, once; the rest is forgotten.
   *
   * @returns `next`: the stake that may go out with them, where they are its approve alone. `outSince`: ISO 8601, where they are a
   *   stake alone that has gone out with its approve; else null.
   */
  take(attempts: readonly Attempt[]): { next: Attempt | undefined; outSince: string | null }
}

export function createFollowers(): Followers {
  let signed: { approve: string; stake: Attempt } | null = null
  let out: { hash: string; at: string } | null = null
  return {
    note([approve, stake, ...rest]) {
      signed = null
      if (approve?.purpose !== 'approve' || stake?.purpose !== 'stake' || rest.length > 0) return
      const isInOrder = stake.nonce === approve.nonce + 1
      if (isInOrder && approve.raw !== null && stake.raw !== null) signed = { approve: approve.hash, stake }
    },
    noteOut(hash, at) {
      out = { hash, at }
    },
    take(attempts) {
      const alone = attempts.length === 1 ? attempts[0]?.hash : undefined
      const next = signed !== null && signed.approve === alone ? signed.stake : undefined
      const outSince = out !== null && out.hash === alone ? out.at : null
      signed = null
      out = null
      return { next, outSince }
    },
  }
}

import type { PaymentTerms } from '../../domain/payment.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Entry } from './x402.ts'

/**
 * Milliseconds. Venice answers ten requests a minute from one address. With this, at most two of them are reads of the
 * terms.
 */
const MOST_AGE_MS = 40_000

/** A 402 that was read. */
interface ReadTerms {
  terms: PaymentTerms
  /** The entry of the terms, unchanged. */
  entry: Entry
}

/** What Venice's 402 demands, read once for all wallets of a process. It names no wallet, and each wallet checks it. */
export interface SharedTerms {
  /** The terms that were read less than 40 s ago or are being read; else the result of `read`. */
  latest(read: () => Promise<ReadTerms>): Promise<ReadTerms>
}

export function createSharedTerms(clock: Pick<Clock, 'now'>): SharedTerms {
  let last: { reading: Promise<ReadTerms>; beganAtMs: number } | null = null
  return {
    latest(read) {
      if (last !== null && clock.now() - last.beganAtMs < MOST_AGE_MS) return last.reading
      const begun = { reading: read(), beganAtMs: clock.now() }
      last = begun
      begun.reading.catch(() => {
        if (last === begun) last = null
      })
      return begun.reading
    },
  }
}

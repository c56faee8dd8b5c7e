import type { Address } from '../domain/addresses.ts'
import { RateLimitedError } from '../errors/venice/all.ts'
import type { Clock } from '../ports/clock.ts'
import type { Venice } from '../ports/venice.ts'

const MINUTE_MS = 60_000
/** Payments that are posted within a minute. @see https://github.com/veniceai/skills/blob/main/skills/venice-x402/SKILL.md (2026-10-02: ten requests a minute from one address; two are left for reads of what is asked for) */
const MOST = 8
/** Milliseconds that a request may take longer to reach Venice than another. */
const MARGIN_MS = 2_000
/** Milliseconds after which a turn that was not taken is lost. */
const KEPT_MS = 5 * MINUTE_MS

const WHY = 'The wallets of a worker take turns: Venice accepts ten requests for credit a minute from one address.'

/** Who may post a payment when, of the wallets of one process. */
export interface TopUpTurns {
  /**
   * `venice` that asks what is to be paid, and posts a payment, only when it is the wallet's turn.
   *
   * @throws {RateLimitedError} from those two: it is not yet, and how long that takes. The turn is kept.
   */
  of(wallet: Address, venice: Venice): Venice
}

/**
 * Without turns, the wallets of a fleet use Venice's ten requests up with asking what is to be paid, and few get to pay. A
 * wallet whose turn is to come waits at Restate, where it takes no seat.
 */
export function createTopUpTurns(clock: Pick<Clock, 'now'>): TopUpTurns {
  const turns = new Map<Address, number>()
  const given: number[] = []
  let closedUntilMs = 0

  function give(): number {
    const before = given.length < MOST ? 0 : (given.shift() ?? 0) + MINUTE_MS + MARGIN_MS
    const atMs = Math.max(clock.now(), before, closedUntilMs)
    given.push(atMs)
    return atMs
  }

  function requireTurn(wallet: Address): void {
    const nowMs = clock.now()
    const held = turns.get(wallet)
    const isGood = held !== undefined && held + KEPT_MS > nowMs && (held > nowMs || nowMs >= closedUntilMs)
    const atMs = isGood ? held : give()
    turns.set(wallet, atMs)
    if (atMs > nowMs) throw new RateLimitedError({ retryAfterMs: atMs - nowMs, facts: [WHY] })
  }

  /** Others behind this address have used up what Venice takes. */
  async function heeding<T>(request: () => Promise<T>): Promise<T> {
    try {
      return await request()
    } catch (error) {
      if (error instanceof RateLimitedError) closedUntilMs = clock.now() + (error.retryAfterMs ?? MINUTE_MS)
      throw error
    }
  }

  return {
    of: (wallet, venice) => ({
      ...venice,
      async paymentTerms(signal) {
        requireTurn(wallet)
        return heeding(() => venice.paymentTerms(signal))
      },
      async topUp(payment, signature) {
        requireTurn(wallet)
        turns.delete(wallet)
        return heeding(() => venice.topUp(payment, signature))
      },
    }),
  }
}

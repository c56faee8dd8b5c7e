import { ofOthers } from '../../domain/budget.ts'
import type { Payment } from '../../domain/payment.ts'
import type { EffectSettings, Ports } from './io.ts'
import { isOver } from './payment-time.ts'

/** A payment counts for a day; the rest allows for clocks that are slightly off. */
const RECENT_MS = 25 * 60 * 60_000

/**
 * Recent payments of this wallet in other records than `own`, with their state on the chain. Payments that can never be
 * settled are left out. No side effects.
 */
export async function paymentsElsewhere(
  own: readonly Payment[],
  { ports: { chain, clock }, settings }: { ports: Pick<Ports, 'chain' | 'clock'>; settings: EffectSettings },
  signal?: AbortSignal,
): Promise<Payment[]> {
  const nowMs = clock.now()
  const noted = settings.ledger?.payments() ?? []
  const others = ofOthers(noted, own).filter(({ drawnUpAt }) => !(Date.parse(drawnUpAt) < nowMs - RECENT_MS))
  const seen = await Promise.all(
    others.map(async (payment): Promise<Payment[]> => {
      const { from, nonce, validBefore } = payment
      const { isUsed, blockSeconds } = await chain.authorization({ from, nonce }, signal)
      if (isUsed) return [{ ...payment, status: 'settled' }]
      return isOver(validBefore, { blockSeconds, nowMs }) ? [] : [{ ...payment, status: 'open' }]
    }),
  )
  return seen.flat()
}

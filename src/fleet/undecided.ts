import { overAtMs } from '../driver/effects/payment-time.ts'
import { type Envelope, recordOf } from '../driver/envelope.ts'
import type { Clock } from '../ports/clock.ts'

/** Milliseconds until the chain can tell what became of the open payments of a run that has ended; null: there are none. */
export function decidesIn(envelope: Envelope, clock: Pick<Clock, 'now'>): number | null {
  if (envelope.snapshot.status !== 'done') return null
  const open = recordOf(envelope).payments.filter(({ status }) => status === 'open')
  if (open.length === 0) return null
  return Math.max(0, ...open.map(({ validBefore }) => overAtMs(validBefore) - clock.now()))
}

import { systemClock } from '../../adapters/clock.ts'
import { formatAmount } from '../../domain/amounts.ts'
import type { CallReport } from '../../gateway/caller.ts'
import type { Refill } from '../../gateway/credit.ts'
import { createTotals, type Totals } from '../../gateway/totals.ts'
import type { Output } from '../output.ts'

/** Calls and refills, for the totals and for whoever watches. */
export interface Watching {
  readonly totals: Totals
  call(call: CallReport): void
  refill(refill: Refill): void
  onChange: () => void
  onRefill: () => void
}

export function createWatching(output: Output): Watching {
  const totals = createTotals(systemClock.now)
  const watching: Watching = {
    totals,
    onChange: () => {},
    onRefill: () => {},
    call(call) {
      totals.call(call)
      watching.onChange()
      output.event({ type: 'call', at: new Date(systemClock.now()).toISOString(), ...call })
      if (!output.isVerbose) return
      const { route, status, costUsd, ms } = call
      const cost = costUsd === null ? '' : ` $${formatAmount(BigInt(Math.round(costUsd * 1e9)), { decimals: 9 })}`
      output.note(`${route} ${status ?? 'no answer'}${cost} ${Math.round(ms)} ms`)
    },
    refill(refill) {
      totals.refill(refill)
      watching.onRefill()
      output.event({ type: 'refill', ...refill })
      const { failure } = refill
      output.note(
        failure === null
          ? "The wallet's credit was refilled."
          : `The wallet's credit was not refilled: ${failure.message} [${failure.code}]`,
      )
    },
  }
  return watching
}

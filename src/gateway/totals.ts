import type { CallReport } from './caller.ts'
import type { Refill } from './credit.ts'

const MINUTE_MS = 60_000
/** Minutes of which the cost is kept. */
const MINUTES = 60
/** Calls, and refills, that are shown one by one. */
const LAST_CALLS = 50
const LAST_REFILLS = 20

interface TimedCall extends CallReport {
  /** ISO 8601: when it ended. */
  at: string
}

/** What went through the gateway, in numbers. */
export interface Totals {
  call(call: CallReport): void
  refill(refill: Refill): void
  /** For programs; no prompt, no secret. */
  summary(): {
    calls: number
    failed: number
    /** Dollars, DIEM included, of the calls that Venice told the cost of. */
    costUsd: number
    /** Calls that Venice told no cost of, such as images. */
    withoutCost: number
    costPerMinuteUsd: readonly { minute: string; usd: number }[]
    refills: number
    lastRefill: Refill | null
    /** Newest first. */
    lastCalls: readonly TimedCall[]
  }
  /** Newest first. */
  lastRefills(): readonly Refill[]
  /** In the text format of Prometheus. */
  metrics(open: { calls: number; creditUsd: number | null }): string
}

export function createTotals(now: () => number): Totals {
  const byRoute = new Map<string, { calls: number; costUsd: number; seconds: number }>()
  const minutes = new Map<number, number>()
  let [calls, failed, costUsd, withoutCost, refills, refused] = [0, 0, 0, 0, 0, 0]
  let lastRefills: readonly Refill[] = []
  /** Oldest first; the time in milliseconds. */
  const lastCalls: (CallReport & { endedAt: number })[] = []
  return {
    call(call) {
      const { route, status, costUsd: cost, ms } = call
      lastCalls.push({ ...call, endedAt: now() })
      if (lastCalls.length > LAST_CALLS) lastCalls.shift()
      calls += 1
      const isDone = status !== null && status < 400
      if (!isDone) failed += 1
      else if (cost === null) withoutCost += 1
      const key = `${route} ${status ?? 0}`
      const sums = byRoute.get(key) ?? { calls: 0, costUsd: 0, seconds: 0 }
      byRoute.set(key, sums)
      sums.calls += 1
      sums.costUsd += cost ?? 0
      sums.seconds += ms / 1_000
      if (cost === null) return
      costUsd += cost
      const minute = Math.floor(now() / MINUTE_MS)
      minutes.set(minute, (minutes.get(minute) ?? 0) + cost)
      for (const old of minutes.keys()) if (old <= minute - MINUTES) minutes.delete(old)
    },
    refill(refill) {
      lastRefills = [refill, ...lastRefills].slice(0, LAST_REFILLS)
      if (refill.failure === null) refills += 1
      else refused += 1
    },
    summary: () => ({
      calls,
      failed,
      costUsd: rounded(costUsd),
      withoutCost,
      costPerMinuteUsd: [...minutes].map(([minute, usd]) => ({
        minute: new Date(minute * MINUTE_MS).toISOString(),
        usd: rounded(usd),
      })),
      refills,
      lastRefill: lastRefills[0] ?? null,
      lastCalls: lastCalls.map(({ endedAt, ...call }) => ({ at: new Date(endedAt).toISOString(), ...call })).reverse(),
    }),
    lastRefills: () => lastRefills,
    metrics: (open) =>
      [
        '# TYPE venice_gateway_calls_total counter',
        ...labelled('venice_gateway_calls_total', byRoute, ({ calls: count }) => count),
        '# TYPE venice_gateway_cost_usd_total counter',
        ...labelled('venice_gateway_cost_usd_total', byRoute, ({ costUsd: usd }) => rounded(usd)),
        '# TYPE venice_gateway_call_seconds_total counter',
        ...labelled('venice_gateway_call_seconds_total', byRoute, ({ seconds }) => rounded(seconds)),
        '# TYPE venice_gateway_refills_total counter',
        `venice_gateway_refills_total{result="paid"} ${refills}`,
        `venice_gateway_refills_total{result="refused"} ${refused}`,
        '# TYPE venice_gateway_open_calls gauge',
        `venice_gateway_open_calls ${open.calls}`,
        ...(open.creditUsd === null
          ? []
          : ['# TYPE venice_gateway_credit_usd gauge', `venice_gateway_credit_usd ${open.creditUsd}`]),
        '',
      ].join('\n'),
  }
}

/** Routes are those of the list, so that no label holds what a caller made up. */
const labelled = <T>(name: string, sums: ReadonlyMap<string, T>, read: (sum: T) => number): string[] =>
  [...sums].map(([key, sum]) => {
    const [method, path, status] = key.split(' ')
    return `${name}{route="${method} ${path}",status="${status}"} ${read(sum)}`
  })

/** Without the noise of binary sums. */
const rounded = (value: number): number => Math.round(value * 1e9) / 1e9

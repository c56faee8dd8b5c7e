import type { FleetClient } from './client.ts'
import type { Order } from './order.ts'

/** Passes to begin, and invocations that wait for somebody. */
export async function toRetry(
  client: FleetClient,
  { only, codes }: { only: string | null; codes: readonly string[] },
): Promise<{ orders: Order[]; stuck: string[] }> {
  const [summaries, invocations, asked] = await Promise.all([client.summaries(), client.invocations(), client.orders()])
  const isMeant = (key: string) => only === null || only === key
  const orders = [...summaries].flatMap(([key, summary]) => {
    const { outcome, failure, pass } = summary
    const before = asked.get(key)
    if (!isMeant(key) || before === undefined || invocations.has(key)) return []
    if (outcome !== 'failed' && outcome !== 'running') return []
    if (codes.length > 0 && !codes.includes(failure?.code ?? '')) return []
    const { mustReclaim: _, ...again } = before
    return [{ ...again, pass: pass + 1 }]
  })
  const stuck = [...invocations.values()].filter(({ key, status }) => isMeant(key) && status === 'paused')
  return { orders, stuck: stuck.map(({ id }) => id) }
}

/** Passes that find and delete keys that nobody holds, and how many keys may be so. @param only - key of one wallet; null: all. */
export async function toReclaim(
  client: FleetClient,
  only: string | null,
): Promise<{ orders: Order[]; orphans: number }> {
  const [summaries, invocations, asked] = await Promise.all([client.summaries(), client.invocations(), client.orders()])
  let orphans = 0
  const orders = [...summaries].flatMap(([key, summary]) => {
    const before = asked.get(key)
    if (summary.orphans === 0 || before === undefined || invocations.has(key) || (only ?? key) !== key) return []
    orphans += summary.orphans
    return [{ ...before, pass: summary.pass + 1, mustReclaim: true }]
  })
  return { orders, orphans }
}

import { toUnits } from '../domain/amounts.ts'
import type { Wanted } from '../operations/wanted.ts'
import type { FleetClient } from './client.ts'
import type { ListedRow, Row } from './list.ts'
import { walletKey } from './names.ts'
import type { Order } from './order.ts'

/** Orders that are on their way at a time. */
const AT_ONCE = 32
/** As in `run`. */
export const DEFAULT_STAKE = toUnits('1')

/** What became of the rows. */
export interface Submitted {
  submitted: number
  /** A pass of them is under way, or waits for its turn. */
  underWay: number
  finished: number
  /** Of an earlier pass; `fleet retry` begins another. */
  failed: number
}

/** Which rows are new, and how many of the others stand where. */
export async function sortOut(
  client: FleetClient,
  rows: readonly Row[],
): Promise<Omit<Submitted, 'submitted'> & { fresh: Order[] }> {
  // In this order: a pass that has ended in between is seen as ended.
  const invocations = await client.invocations()
  const summaries = await client.summaries()
  const result = { underWay: 0, finished: 0, failed: 0, fresh: [] as Order[] }
  for (const row of rows) {
    const key = walletKey(row)
    const summary = summaries.get(key)
    if (invocations.has(key)) result.underWay += 1
    else if (summary === undefined) result.fresh.push({ ...row, pass: 1 })
    else if (summary.outcome === 'failed' || summary.outcome === 'running') result.failed += 1
    else result.finished += 1
  }
  return result
}

export async function submitAll(
  client: FleetClient,
  orders: readonly Order[],
  known: Omit<Submitted, 'submitted'>,
): Promise<Submitted> {
  const result = { ...known, submitted: 0 }
  const queue = [...orders]
  const lane = async () => {
    for (let order = queue.shift(); order !== undefined; order = queue.shift()) {
      if (await client.submit(order)) result.submitted += 1
      else result.underWay += 1
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, lane))
  return result
}

/** What is wanted of all wallets. */
export interface ForAll {
  wanted: Wanted
  mustProve: boolean
  mustBeFunded: boolean
  waitForFundsMs: number | undefined
}

/** What is wanted of all holds for rows that do not say otherwise. */
export function withWanted({ credential: ofRow, fund: fundOfRow, ...row }: ListedRow, request: ForAll): Row {
  const { wanted } = request
  const asked = { ...wanted.key, ...row.key }
  const stake = row.stakeAmount ?? wanted.stakeAmount?.toString()
  const [credential, fund] = [ofRow ?? wanted.credential, fundOfRow ?? wanted.fund]
  return {
    ...row,
    ...(credential === 'wallet' && { credential }),
    ...(fund != null && fund !== 'none' && fund.way === 'x402' && { fund }),
    ...(stake !== undefined && { stakeAmount: stake }),
    ...(Object.keys(asked).length > 0 && { key: asked }),
    ...(request.mustProve && { mustProve: true }),
    ...(request.mustBeFunded && { mustBeFunded: true }),
    ...(request.waitForFundsMs !== undefined && {
      fundsDeadline: new Date(Date.now() + request.waitForFundsMs).toISOString(),
    }),
  }
}

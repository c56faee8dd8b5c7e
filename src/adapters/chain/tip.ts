import { toHex } from 'viem'
import { DEFAULT_TIP_WEI, MOST_TIP_WEI } from '../../domain/fees.ts'
import type { ReadClient } from './read-client.ts'

/** Blocks whose tips are compared: a second of Base. */
const BLOCKS = 5
const MEDIAN_PERCENT = 50

/**
 * Wei per gas to offer as a tip: what the endpoint suggests, else the median of the tips that the newest blocks took, else a
 * constant. Never above `MOST_TIP_WEI`: an endpoint that invents a tip must not burn the wallet. No side effects.
 *
 * Joins the round trip of the other reads of its tick; where the endpoint does not suggest a tip, one more, the first time.
 */
export async function suggestedTip(client: Pick<ReadClient, 'request'>): Promise<bigint> {
  const tip = (await suggestion(client)) ?? (await medianTip(client)) ?? DEFAULT_TIP_WEI
  return tip < MOST_TIP_WEI ? tip : MOST_TIP_WEI
}

/** A failure of the endpoint as a whole shows in the reads next to this one. */
const suggestion = (client: Pick<ReadClient, 'request'>): Promise<bigint | null> =>
  client.request({ method: 'eth_maxPriorityFeePerGas' }).then(quantity, () => null)

async function medianTip(client: Pick<ReadClient, 'request'>): Promise<bigint | null> {
  try {
    const { reward } = await client.request({
      method: 'eth_feeHistory',
      params: [toHex(BLOCKS), 'latest', [MEDIAN_PERCENT]],
    })
    // Zero is what an empty block shows.
    const tips = (reward ?? []).flatMap(([tip]) => quantity(tip) ?? []).filter((tip) => tip > 0n)
    return tips.sort((a, b) => (a < b ? -1 : 1))[Math.floor(tips.length / 2)] ?? null
  } catch {
    return null
  }
}

/** Null for what is not a number of wei, such as null in place of a result. */
function quantity(value: unknown): bigint | null {
  return typeof value === 'string' && /^0x[0-9a-f]+$/i.test(value) ? BigInt(value) : null
}

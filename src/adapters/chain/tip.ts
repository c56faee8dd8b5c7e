import { toHex } from 'viem'
import { DEFAULT_TIP_WEI, MOST_TIP_WEI } from '../../domain/fees.ts'
import type { ReadClient } from './read-client.ts'

/** The number of blocks whose tips are compared: one second of Base. */
const BLOCKS = 5
const MEDIAN_PERCENT = 50

/**
 * The tip to offer, in wei per gas: the endpoint's suggestion, else the median tip of the newest blocks, else a
 * constant. Never above `MOST_TIP_WEI`: an endpoint that invents a tip must not empty the wallet. No side effects.
 *
 * It shares the round trip of the other reads of its tick. If the endpoint suggests no tip, it needs one more, the
 * first time.
 */
export async function suggestedTip(client: Pick<ReadClient, 'request'>): Promise<bigint> {
  const tip = (await suggestion(client)) ?? (await medianTip(client)) ?? DEFAULT_TIP_WEI
  return tip < MOST_TIP_WEI ? tip : MOST_TIP_WEI
}

/** The reads next to this one report a failure of the whole endpoint. */
const suggestion = (client: Pick<ReadClient, 'request'>): Promise<bigint | null> =>
  client.request({ method: 'eth_maxPriorityFeePerGas' }).then(quantity, () => null)

async function medianTip(client: Pick<ReadClient, 'request'>): Promise<bigint | null> {
  try {
    const { reward } = await client.request({
      method: 'eth_feeHistory',
      params: [toHex(BLOCKS), 'latest', [MEDIAN_PERCENT]],
    })
    // An empty block shows zero.
    const tips = (reward ?? []).flatMap(([tip]) => quantity(tip) ?? []).filter((tip) => tip > 0n)
    return tips.sort((a, b) => (a < b ? -1 : 1))[Math.floor(tips.length / 2)] ?? null
  } catch {
    return null
  }
}

/** Null if it is not a number of wei, e.g. null in place of a result. */
function quantity(value: unknown): bigint | null {
  return typeof value === 'string' && /^0x[0-9a-f]+$/i.test(value) ? BigInt(value) : null
}

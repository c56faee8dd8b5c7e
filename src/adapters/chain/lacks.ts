import type { EndpointLack } from '../../ports/chain.ts'
import type { Abilities, Capabilities } from './capabilities.ts'

/** See `Chain.lacks`. In the order of the endpoints. */
export const lacksOf = (capabilities: Capabilities): EndpointLack[] =>
  Object.entries(capabilities).flatMap(([endpoint, abilities]) =>
    lacksOfOne(abilities).map(([lack, cost]) => ({ endpoint, lack, cost })),
  )

function lacksOfOne({ batchSize, stateOverride, pending, methods }: Abilities): (readonly [string, string])[] {
  const lacks: [string, string][] = []
  if (batchSize !== undefined) {
    const most = batchSize === 1 ? 'takes no batches' : `takes at most ${batchSize} calls in a request`
    lacks.push([most, 'a run needs more requests, and a little longer'])
  }
  if (stateOverride === false)
    lacks.push(['takes no state overrides', 'the stake is drafted once the approve is mined, and not simulated before'])
  if (pending === false)
    lacks.push(['does not answer for the pending block', 'what else the wallet sent shows only once it is mined'])
  if (methods?.eth_maxPriorityFeePerGas === false)
    lacks.push(['suggests no tip', 'the tip is the median of the last blocks, or a constant'])
  return lacks
}

import type { EndpointProfile } from './profile.ts'

/**
 * The head is served at once, and the state of that block 300 ms later.
 * @see https://github.com/EkuboProtocol/indexer/issues/164
 * @see https://github.com/wevm/viem/issues/3873
 */
export const stateLater: EndpointProfile = { lag: { state: { ms: 300 }, receipts: { ms: 0 } } }

/** Heads and receipts from the front; calls, estimates, balances and nonces from a replica that is so far behind. */
const stateBehind = (ms: number): EndpointProfile => ({ lag: { state: { ms }, receipts: { ms: 0 } } })
export const lagging: EndpointProfile = stateBehind(3_000)
export const lagging5s: EndpointProfile = stateBehind(5_000)
export const lagging10s: EndpointProfile = stateBehind(10_000)

const threeSecondsBehind = { head: { ms: 3_000 }, state: { ms: 3_000 }, receipts: { ms: 3_000 } }

/** Two nodes behind one URL, taking requests in turn: one at the front, one three seconds behind in everything. */
export const balanced: EndpointProfile = { lag: [{}, threeSecondsBehind] }

const TWO_HOURS_MS = 2 * 60 * 60_000

/** A node that stopped following the chain two hours ago. It knows Venice's contracts and no wallet of this sandbox. */
export const stale: EndpointProfile = {
  lag: { head: 'first', state: 'first', receipts: 'first', clockMs: TWO_HOURS_MS },
}

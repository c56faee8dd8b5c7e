import type { EndpointProfile } from './profile.ts'

/**
 * The head is served at once, but the state of its block 300 ms later.
 * @see https://github.com/EkuboProtocol/indexer/issues/164
 * @see https://github.com/wevm/viem/issues/3873
 */
export const stateLater: EndpointProfile = { lag: { state: { ms: 300 }, receipts: { ms: 0 } } }

/**
 * Heads and receipts come from a current node; calls, estimates, balances and nonces from a replica that is this far
 * behind.
 */
const stateBehind = (ms: number): EndpointProfile => ({ lag: { state: { ms }, receipts: { ms: 0 } } })
export const lagging: EndpointProfile = stateBehind(3_000)
export const lagging5s: EndpointProfile = stateBehind(5_000)
export const lagging10s: EndpointProfile = stateBehind(10_000)

const threeSecondsBehind = { head: { ms: 3_000 }, state: { ms: 3_000 }, receipts: { ms: 3_000 } }

/** Two nodes behind one URL answer in turn: one is current, one is three seconds behind in everything. */
export const balanced: EndpointProfile = { lag: [{}, threeSecondsBehind] }

const TWO_HOURS_MS = 2 * 60 * 60_000

/**
 * A node that stopped following the chain two hours ago. It knows Venice's contracts, but no wallet of this sandbox.
 */
export const stale: EndpointProfile = {
  lag: { head: 'first', state: 'first', receipts: 'first', clockMs: TWO_HOURS_MS },
}

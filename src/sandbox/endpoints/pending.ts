import type { EndpointProfile } from './profile.ts'

/** erpc's list of wordings has both: https://github.com/erpc/erpc (architecture/evm/json_rpc_errors). */
export const pendingInvalid: EndpointProfile = {
  pending: { code: -32602, message: 'pending is not a supported block tag' },
}
export const pendingInternal: EndpointProfile = { pending: { code: -32603, message: 'Internal error' } }

/**
 * geth without a miner.
 * @see https://github.com/ethereum/go-ethereum/blob/master/eth/api_backend.go
 */
export const pendingUnavailable: EndpointProfile = {
  pending: { code: -32000, message: 'pending block is not available' },
}

/** @see https://github.com/MetaMask/web3-provider-engine/issues/11 */
export const pendingNull: EndpointProfile = { pending: { result: null } }

/** Another replica answers `pending`. It is one block behind, or three seconds. */
export const pendingBehind: EndpointProfile = { lag: { pending: { blocks: 1 } } }
export const pendingStale: EndpointProfile = { lag: { pending: { ms: 3_000 } } }

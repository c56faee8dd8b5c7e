import type { EndpointProfile } from './profile.ts'

/**
 * geth's text for one parameter too many.
 * @see https://github.com/ethereum/go-ethereum/blob/master/rpc/json.go
 */
export const noOverride: EndpointProfile = {
  stateOverride: { code: -32602, message: 'too many arguments, want at most 2' },
}

/**
 * The text of Hardhat, and of similar nodes.
 * @see https://github.com/NomicFoundation/hardhat/issues/2513
 */
export const noOverrideExpected: EndpointProfile = {
  stateOverride: { code: -32602, message: 'Expected between 1 and 2 arguments and got 3' },
}

/** ZKsync OS and EVMs on Cosmos chains: they have no special error code for it. */
export const noOverrideInternal: EndpointProfile = {
  stateOverride: { code: -32603, message: 'state overrides are not supported' },
}

/** Gateways that check the form of a request, and refuse a whole batch because of one item. */
export const noOverride400: EndpointProfile = {
  stateOverride: { code: -32602, message: 'State overrides are not supported.', status: 400 },
}
export const noOverride500: EndpointProfile = {
  stateOverride: { code: -32603, message: 'Internal error', status: 500 },
}

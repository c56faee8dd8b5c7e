import type { EndpointProfile } from './profile.ts'

/**
 * Chainstack: everything that a node of Base serves, `eth_sendRawTransactionSync` included. Its key is in the path.
 *
 * @see https://docs.chainstack.com/reference/base-sendrawtransactionsync (checked 2026-11-30)
 */
export const chainstack: EndpointProfile = { path: '/sandbox-key-of-chainstack' }

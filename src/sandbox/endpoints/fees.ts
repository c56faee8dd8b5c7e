import { type EndpointProfile, methodNotFound } from './profile.ts'

/** @see https://github.com/sei-protocol/sei-chain/issues/1611 */
export const noPriorityFee: EndpointProfile = {
  methods: { eth_maxPriorityFeePerGas: methodNotFound('eth_maxPriorityFeePerGas') },
}

/** @see https://github.com/smartcontractkit/full-blockchain-solidity-course-py/issues/502 */
export const noPriorityFeeServer: EndpointProfile = {
  methods: {
    eth_maxPriorityFeePerGas: { code: -32000, message: 'Method eth_maxPriorityFeePerGas not supported.' },
  },
}

/** @see https://github.com/MetaMask/metamask-extension/issues/22370 */
export const priorityFeeNull: EndpointProfile = { methods: { eth_maxPriorityFeePerGas: { result: null } } }

export const noFeeHistory: EndpointProfile = { methods: { eth_feeHistory: methodNotFound('eth_feeHistory') } }

/** The tip of a real stake, 31 Mwei: transaction 0xc440e54f…35f5 on Base. */
export const dearTip: EndpointProfile = { methods: { eth_maxPriorityFeePerGas: { result: '0x1d905c0' } } }

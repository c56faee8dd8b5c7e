import { type EndpointProfile, methodNotFound } from './profile.ts'

/**
 * QuickNode's free plan: 15 requests a second. `eth_sendRawTransactionSync` is an add-on. Its key is in the path.
 *
 * The wording is in many public logs, with the limit of the plan.
 */
export const quicknode = {
  rate: {
    capacity: 15,
    perSecond: 15,
    refusal: {
      code: -32007,
      message: '15/second request limit reached - reduce calls per second or upgrade your account at quicknode.com',
      status: 429,
    },
  },
  methods: { eth_sendRawTransactionSync: methodNotFound('eth_sendRawTransactionSync') },
  path: '/sandbox-key-of-quicknode',
} satisfies EndpointProfile

import { type EndpointProfile, methodNotFound } from './profile.ts'

/**
 * Alchemy's free plan: 500 compute units a second, about 19 calls, measured over ten seconds. Its key is in the path.
 *
 * @see https://www.alchemy.com/docs/reference/throughput (checked 2026-11-30; the wording is from public logs)
 */
export const alchemy = {
  rate: {
    capacity: 190,
    perSecond: 19,
    refusal: {
      code: 429,
      message:
        'Your app has exceeded its compute units per second capacity. If you have retries enabled, you can safely ignore this message. If not, check out https://docs.alchemy.com/reference/throughput',
      status: 429,
    },
  },
  methods: { eth_sendRawTransactionSync: methodNotFound('eth_sendRawTransactionSync') },
  path: '/v2/sandbox-key-of-alchemy',
} satisfies EndpointProfile

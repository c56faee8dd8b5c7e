import { type EndpointProfile, methodNotFound } from './profile.ts'

/**
 * The free tier of dRPC, also behind 1rpc.io: batches of more than 3 get HTTP 500 and error 31.
 *
 * @see https://github.com/hemilabs/ui-monorepo/pull/887 (500 above 3) The wording and the code are in many public logs,
 * 2025-2026; some show one error, some one for each request. Here it is one for each.
 */
export const drpc: EndpointProfile = {
  batch: {
    max: 3,
    refusal: {
      code: 31,
      message:
        'Batch of more than 3 requests are not allowed on free tier, to use this feature register paid account at drpc.org',
      status: 500,
      form: 'each',
    },
  },
  methods: { eth_sendRawTransactionSync: methodNotFound('eth_sendRawTransactionSync') },
}

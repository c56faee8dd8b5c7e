import { combine, type EndpointProfile, methodNotFound } from './profile.ts'

/**
 * mainnet.base.org: batches of more than 10 get one error. Measured by third parties in August and September 2026. It
 * is a guess that it lacks `eth_sendRawTransactionSync`: no page tells.
 */
export const publicNode: EndpointProfile = {
  batch: { max: 10, refusal: { code: -32014, message: 'maximum 10 calls in 1 batch' } },
  methods: { eth_sendRawTransactionSync: methodNotFound('eth_sendRawTransactionSync') },
}

/**
 * The same for a busy address: about 5 requests at once, then one every two seconds. Each item of a batch counts. The
 * limit is per IP, and no header shows it.
 *
 * @see https://github.com/base/node/issues/390 (429 and -32016); the numbers were measured by a third party, August 2026.
 */
export const publicNodeBusy: EndpointProfile = combine(publicNode, {
  rate: { capacity: 5, perSecond: 0.55, refusal: { code: -32016, message: 'over rate limit', status: 429 } },
})

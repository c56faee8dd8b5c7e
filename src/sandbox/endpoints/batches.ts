import type { EndpointProfile } from './profile.ts'

/**
 * geth's own limit, which its operator sets.
 * @see https://github.com/base/node/issues/234
 */
export const batch5: EndpointProfile = { batch: { max: 5, refusal: { code: -32600, message: 'batch too large' } } }

/** A gateway that measures the body. */
export const batch5TooLarge: EndpointProfile = {
  batch: { max: 5, refusal: { code: -32600, message: 'Payload Too Large', status: 413 } },
}

export const batch2: EndpointProfile = {
  batch: { max: 2, refusal: { code: -32600, message: 'batch size exceeds limit of 2', status: 400 } },
}

/**
 * No batches at all, not even of one.
 * The wording is that of a provider of another chain (Helius, free plan, 2026).
 */
export const noBatch: EndpointProfile = {
  batch: {
    max: 0,
    refusal: { code: -32403, message: 'Batch requests are only available for paid plans', status: 403 },
  },
}

import type { EndpointProfile } from './profile.ts'

/** Accepts every request and answers none. */
export const hanging: EndpointProfile = { hangs: true }

export const slow: EndpointProfile = { latencyMs: 8_000 }

/** WebSocket: the same head 200 times a second. */
export const flooding: EndpointProfile = { repeatedHeads: 200 }

const KEY_PATH = '/v2/sandbox-secret-key?apikey=sandbox-secret-key'

/** Every error quotes the URL, with the key in its path and query. */
export const echoing: EndpointProfile = { path: KEY_PATH, echoesUrl: true }

/** Refuses the key, and quotes it. */
export const unauthorized: EndpointProfile = {
  path: KEY_PATH,
  echoesUrl: true,
  everything: { code: -32600, message: 'Must be authenticated!', status: 401 },
}

/** A different node of the provider answers each time, so no node knows a sent transaction before it is mined. */
export const forgetful: EndpointProfile = { knowsOwn: false }

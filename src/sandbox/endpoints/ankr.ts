import type { EndpointProfile } from './profile.ts'

/** Ankr without a key: it refuses every request. The wording is in many public logs of 2025 and 2026. */
export const ankr: EndpointProfile = {
  everything: {
    code: -32000,
    message:
      'Unauthorized: You must authenticate your request with an API key. Create an account on https://www.ankr.com/rpc/ and generate your personal API key for free.',
  },
}

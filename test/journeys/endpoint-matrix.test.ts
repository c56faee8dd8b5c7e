import { describe, expect, test } from 'vitest'
import { ENDPOINT_NAMES, ENDPOINTS, type EndpointName } from '../../src/sandbox/endpoints/index.ts'
import { type Kind, useEndpoints, WELL } from '../support/endpoint-runs.ts'

const { onboarded } = useEndpoints()
const KINDS: Kind[] = ['fresh', 'active', 'delegated']

/** Of these none can be used alone, and the code says why. The others are waited for: a node catches up, or answers again. */
const HOPELESS: Partial<Record<EndpointName, string>> = {
  ankr: 'chain/rpc-access-denied',
  unauthorized: 'chain/rpc-access-denied',
}
const WAITED_FOR: Partial<Record<EndpointName, RegExp>> = {
  stale: /has not caught up/,
  hanging: /did not answer in time/,
}

const CASES = ENDPOINT_NAMES.flatMap((name) =>
  [false, true].flatMap((announces) => KINDS.map((kind) => ({ name, announces, kind }))),
)

describe.concurrent('a run over the endpoint', () => {
  test.each(CASES)(
    '$name, announced: $announces, wallet: $kind',
    async ({ name, announces, kind }) => {
      const [hopeless, waited] = [HOPELESS[name], WAITED_FOR[name]]
      const given = { endpoints: [ENDPOINTS[name]], announces, kind, ...(waited && { waitMs: 15_000 }) }
      const found = await onboarded(given)
      if (hopeless !== undefined) return expect(found).toMatchObject({ failure: hopeless, nonce: 0, keys: 0 })
      if (waited !== undefined) return expect(found).toMatchObject({ message: expect.stringMatching(waited), keys: 0 })
      expect(found).toEqual(WELL)
    },
    120_000,
  )
})

import { describe, expect, test } from 'vitest'
import { ENDPOINT_NAMES, ENDPOINTS, type EndpointName } from '../../src/sandbox/endpoints/index.ts'
import { type Kind, useEndpoints, WELL } from '../support/endpoint-runs.ts'

const { onboarded } = useEndpoints()
const KINDS: Kind[] = ['fresh', 'active', 'delegated']

/** Cannot be used, and the code says why. */
const HOPELESS: Partial<Record<EndpointName, string>> = {
  ankr: 'chain/rpc-access-denied',
  unauthorized: 'chain/rpc-access-denied',
}
/** Waited for, with the reason: a node catches up, or answers again. */
const WAITED_FOR: Partial<Record<EndpointName, RegExp>> = {
  stale: /has not caught up/,
  hanging: /did not answer in time/,
}
/** So few calls a second that a run takes minutes. */
const BUSY: ReadonlySet<EndpointName> = new Set(['public-busy'])

/** Of each endpoint, announced or not, one kind of wallet in turn; all of them with `VENICE_ONBOARD_MATRIX=all`. */
const isWhole = process.env.VENICE_ONBOARD_MATRIX === 'all'
const CASES = ENDPOINT_NAMES.flatMap((name) => [false, true].map((announces) => ({ name, announces }))).flatMap(
  (endpoint, index) =>
    KINDS.filter((_, turn) => isWhole || turn === index % KINDS.length).map((kind) => ({ ...endpoint, kind })),
)

describe.concurrent('a run over the endpoint', () => {
  test.each(CASES)('$name, announced: $announces, wallet: $kind', { timeout: 240_000 }, async (given) => {
    const { name, ...rest } = given
    const [hopeless, waited] = [HOPELESS[name], WAITED_FOR[name]]
    const isCut = waited !== undefined || BUSY.has(name)
    const found = await onboarded({ endpoints: [ENDPOINTS[name]], ...rest, ...(isCut && { waitMs: 25_000 }) })
    if (hopeless !== undefined) {
      expect(found).toMatchObject({ failure: hopeless, nonce: 0, keys: 0 })
    } else if (waited !== undefined) {
      expect(found).toMatchObject({ outcome: 'paused', said: expect.stringMatching(waited), nonce: 0, keys: 0 })
    } else if (BUSY.has(name)) {
      expect(found).toMatchObject({ failure: null })
    } else {
      // A draft from a replica that did not know the wallet's last transaction never got anywhere.
      const sent = found.sent.filter((text) => !text.endsWith(' superseded'))
      expect({ ...found, sent }).toEqual(WELL)
    }
  })
})

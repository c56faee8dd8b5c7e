import { expect, test } from 'vitest'
import { UNLIMITED, usdcOf } from '../support/payments.ts'
import { useSandbox } from '../support/sandbox.ts'
import { inPairs, wasKilled } from './account.ts'

const CRASH_AT = [new URL('crash-at.mjs', import.meta.url).pathname]
/** Of all points, every ninth is tried; 1 tries them all. */
const STEP = Number(process.env.VENICE_ONBOARD_CRASH_STEP ?? 9)
const AS_WALLET = ['--credential', 'wallet', '--fund', 'x402:5', '--prove']

const lab = useSandbox(UNLIMITED)

test('a wallet without a key pays once after a kill before or after any write or call', async () => {
  const points = function* () {
    for (let point = 1; ; point += STEP) yield point
  }
  const outcomes = await inPairs(points(), async (point) => {
    const journey = await lab.begin({ usdc: 20_000_000n })
    const crashed = await journey.run(AS_WALLET, { preload: CRASH_AT, env: { CRASH_AT: String(point) } })
    if (!wasKilled(crashed)) return null
    const { json } = await journey.run(AS_WALLET)
    return {
      point,
      outcome: json.outcome,
      credential: json.credential?.kind,
      left: await usdcOf(lab.sandbox, journey.address),
      credited: Math.round(lab.sandbox.venice.accountOf(journey.address).x402),
      keys: journey.keys().length,
      transactions: (await journey.onChain()).transactions,
    }
  })
  const expected = {
    outcome: 'funded',
    credential: 'wallet',
    left: 15_000_000n,
    credited: 5,
    keys: 0,
    transactions: 0,
  }
  expect(outcomes.length).toBeGreaterThan(15 / STEP)
  expect(outcomes).toEqual(outcomes.map(({ point }) => ({ point, ...expected })))
}, 600_000)

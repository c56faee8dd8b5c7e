import { expect, test } from 'vitest'
import { UNLIMITED, usdcOf, WITH_USDC } from '../support/payments.ts'
import { useSandbox } from '../support/sandbox.ts'
import { ACCOUNTED, account, inPairs, wasKilled } from './account.ts'

const CRASH_AT = [new URL('crash-at.mjs', import.meta.url).pathname]
/** Of all points, every ninth is tried; 1 tries them all, which takes some minutes. */
const STEP = Number(process.env.VENICE_ONBOARD_CRASH_STEP ?? 9)
const FUND = ['--fund', 'x402:5', '--prove']

const lab = useSandbox(UNLIMITED)

test('USDC moves once and is credited once after a kill before or after any write or call', async () => {
  const points = function* () {
    for (let point = 1; ; point += STEP) yield point
  }
  const outcomes = await inPairs(points(), async (point) => {
    const journey = await lab.begin(WITH_USDC)
    const crashed = await journey.run(FUND, { preload: CRASH_AT, env: { CRASH_AT: String(point) } })
    if (!wasKilled(crashed)) return null
    const run = await journey.run(FUND)
    const { x402 } = lab.sandbox.venice.accountOf(journey.address)
    return {
      point,
      ...(await account(lab, journey, run)),
      paid: WITH_USDC.usdc - (await usdcOf(lab.sandbox, journey.address)),
      // A proof costs less than a hundredth of a cent.
      credited: Math.round(x402 * 1e3) / 1e3,
      payments: run.json.payments?.map(({ value, status }) => `${value} ${status}`),
      isProven: run.json.funding?.wallet?.proof?.model !== undefined,
    }
  })
  const expected = {
    ...ACCOUNTED,
    outcome: 'funded',
    paid: 5_000_000n,
    credited: 5,
    payments: ['5000000 settled'],
    isProven: true,
  }
  expect(outcomes.length).toBeGreaterThan(45 / STEP)
  expect(outcomes).toEqual(outcomes.map(({ point }) => ({ point, ...expected })))
}, 1_200_000)

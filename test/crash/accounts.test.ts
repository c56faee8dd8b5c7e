import { expect, test } from 'vitest'
import { BATCH_DELEGATE } from '../../src/sandbox/contracts/deploy.ts'
import { useSandbox } from '../support/sandbox.ts'
import { ACCOUNTED, account, inPairs, wasKilled } from './account.ts'

const CRASH_AT = [new URL('crash-at.mjs', import.meta.url).pathname]
/** Of all points, every ninth is tried; 1 tries them all, which takes some minutes. */
const STEP = Number(process.env.VENICE_ONBOARD_CRASH_STEP ?? 9)

const lab = useSandbox()

test('a batching delegated account stakes once, and never approves alone, when killed at any write or call', async () => {
  const points = function* () {
    for (let point = 1; ; point += STEP) yield point
  }
  const outcomes = await inPairs(points(), async (point) => {
    const journey = await lab.begin()
    await lab.sandbox.chain.setDelegation(journey.address, BATCH_DELEGATE)
    const crashed = await journey.run([], { preload: CRASH_AT, env: { CRASH_AT: String(point) } })
    if (!wasKilled(crashed)) return null
    const { transactions, allowance, sVvv } = await journey.onChain()
    const between = transactions === 0 ? 'nothing' : sVvv > 0n && allowance === 0n ? 'staked' : 'approved alone'
    return { point, between, ...(await account(lab, journey, await journey.run())) }
  })
  expect(outcomes.length).toBeGreaterThan(30 / STEP)
  const ended = { ...ACCOUNTED, transactions: 1, recorded: ['stake 0 mined'] }
  expect(outcomes).toEqual(
    outcomes.map(({ point }) => ({ point, between: expect.stringMatching(/^(?:nothing|staked)$/), ...ended })),
  )
}, 600_000)

import { expect, test } from 'vitest'
import { isAt } from '../support/cli.ts'
import { useSandbox } from '../support/sandbox.ts'
import { ACCOUNTED, account, inPairs, wasKilled } from './account.ts'

const STATES = [
  'checkBalance.read',
  'approve.prepare',
  'approve.broadcast',
  'stake.broadcast',
  'awaitConfirmation.watch',
  'fetchToken.fetch',
  'sign.sign',
  'mint.open',
  'mint.post',
  'fundingCheck.ask',
]
const CRASH_AT = [new URL('crash-at.mjs', import.meta.url).pathname]
/** Of all points, every ninth is tried; 1 tries them all, which takes some minutes. */
const STEP = Number(process.env.VENICE_ONBOARD_CRASH_STEP ?? 9)

const lab = useSandbox()

test('the same command ends with one approve, one stake and one stored key after a kill at any state', async () => {
  const outcomes = await inPairs(STATES, async (state) => {
    const journey = await lab.begin()
    const running = journey.start()
    await running.event(isAt(state))
    const { signal } = await running.kill('SIGKILL')
    return { state, signal, ...(await account(lab, journey, await journey.run())) }
  })
  const expected = STATES.map((state) => ({ state, signal: 'SIGKILL', ...ACCOUNTED }))
  expect(outcomes).toHaveLength(STATES.length)
  expect(outcomes).toEqual(expect.arrayContaining(expected))
}, 180_000)

test('the same command ends the same way after a kill before or after any write or call', async () => {
  const points = function* () {
    for (let point = 1; ; point += STEP) yield point
  }
  const outcomes = await inPairs(points(), async (point) => {
    const journey = await lab.begin()
    const crashed = await journey.run([], { preload: CRASH_AT, env: { CRASH_AT: String(point) } })
    if (!wasKilled(crashed)) return null
    return { point, ...(await account(lab, journey, await journey.run())) }
  })
  expect(outcomes.length).toBeGreaterThan(30 / STEP)
  expect(outcomes).toEqual(outcomes.map(({ point }) => ({ point, ...ACCOUNTED })))
}, 600_000)

import { expect, test } from 'vitest'
import { DIEM_FUNDS, diemOf, TENTH } from '../support/diem-actions.ts'
import { useSandbox } from '../support/sandbox.ts'
import { account, inPairs, wasKilled } from './account.ts'

const CRASH_AT = [new URL('crash-at.mjs', import.meta.url).pathname]
/** Of all points, one in `STEP` is tried; 1 tries them all, which takes many minutes. */
const STEP = Number(process.env.VENICE_ONBOARD_CRASH_STEP ?? 37)
const WORDS = ['--fund', 'diem:0.1', '--prove', '--require-funded']

const lab = useSandbox()

test('the same command locks, stakes and mints once after a kill before or after any write or call', async () => {
  const points = function* () {
    for (let point = 1; ; point += STEP) yield point
  }
  const outcomes = await inPairs(points(), async (point) => {
    const journey = await lab.begin(DIEM_FUNDS)
    const crashed = await journey.run(WORDS, { preload: CRASH_AT, env: { CRASH_AT: String(point) } })
    if (!wasKilled(crashed)) return null
    const spent = () => lab.sandbox.venice.accountOf(journey.address).diemSpentThisEpoch
    const before = spent()
    const last = await journey.run(WORDS)
    const { sVvv, ...accounted } = await account(lab, journey, last)
    const { locked, minted, staked, liquid } = await diemOf(lab.sandbox, journey.address)
    const { cause, proof } = last.json.funding ?? {}
    const wasFinished = last.json.wasFinished === true
    const isLockedOnce = locked === sVvv && minted === staked + liquid
    const isPaidOnce = before === 0 ? spent() === proof?.costDiem : spent() === before
    return { isLessLeft: before > 0 && !wasFinished, point, ...accounted, staked, isLockedOnce, isPaidOnce, cause }
  })
  expect(outcomes.length).toBeGreaterThan(120 / STEP)
  expect(outcomes).toEqual(
    outcomes.map(({ point, isLessLeft }) => ({
      point,
      // After an unrecorded paid call, exactly 0.1 DIEM leaves less than Venice admits until the next epoch.
      isLessLeft,
      code: isLessLeft ? 4 : 0,
      outcome: isLessLeft ? 'unfunded' : 'funded',
      cause: isLessLeft ? 'diem-spent' : null,
      transactions: 6,
      recorded: [
        'approve 0 mined',
        'stake 1 mined',
        'approve 2 mined',
        'stake 3 mined',
        'mintDiem 4 mined',
        'stakeDiem 5 mined',
      ],
      allowance: 0n,
      staked: TENTH,
      isLockedOnce: true,
      isPaidOnce: true,
      isStoredAtVenice: true,
      isReported: true,
      unaccounted: [],
    })),
  )
}, 1_800_000)

import { expect, test } from 'vitest'
import { MINT, useSandbox } from '../support/sandbox.ts'
import { wasKilled } from './account.ts'

const CRASH_AT = [new URL('crash-at.mjs', import.meta.url).pathname]
/** Of all points, every ninth is tried; 1 tries them all. */
const STEP = Number(process.env.VENICE_ONBOARD_CRASH_STEP ?? 9)

const lab = useSandbox()

/** A run whose first mint reply was lost, so that Venice holds two keys, and the reclaim that deletes one of them. */
async function begin() {
  const journey = await lab.begin()
  lab.fault(MINT, { kind: 'dropAfter' })
  await journey.run()
  return {
    journey,
    reclaim: (options = {}) => journey.command(['keys', 'reclaim', '--json', '--yes', '--with-admin-key'], options),
    activeKeys: () => journey.keys().flatMap(({ id, revoked }) => (revoked ? [] : [lab.sandbox.venice.secretOf(id)])),
  }
}

test('the same command keeps the stored key after a kill before or after any write or request', async () => {
  for (let point = 1; ; point += STEP) {
    const { journey, reclaim, activeKeys } = await begin()
    const crashed = await reclaim({ preload: CRASH_AT, env: { CRASH_AT: String(point) } })
    if (!wasKilled(crashed)) {
      expect(point).toBeGreaterThan(15)
      break
    }
    const { code } = await reclaim()
    const { json } = await journey.run()
    expect({ point, code, keys: activeKeys(), warnings: json.warnings, orphans: json.orphans }).toEqual({
      point,
      code: 0,
      keys: [journey.storedKey()],
      warnings: [],
      orphans: [],
    })
  }
}, 300_000)

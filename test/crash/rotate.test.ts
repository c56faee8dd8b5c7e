import { expect, test } from 'vitest'
import { envelopeIn } from '../support/records.ts'
import { useSandbox } from '../support/sandbox.ts'
import { wasKilled } from './account.ts'

const CRASH_AT = [new URL('crash-at.mjs', import.meta.url).pathname]
/** Of all points, one in `STEP` is tried; 1 tries them all. */
const STEP = Number(process.env.VENICE_ONBOARD_CRASH_STEP ?? 11)

const lab = useSandbox()

/** A finished run, and the rotation of its key. */
async function begin(keyWords: readonly string[], words: readonly string[]) {
  const journey = await lab.begin()
  await journey.run(keyWords)
  const old = envelopeIn(journey).snapshot.context.record.key?.label
  return {
    journey,
    old,
    rotate: (options = {}) => journey.command(['keys', 'rotate', '--json', '--yes', ...words], options),
    active: () => journey.keys().filter(({ revoked }) => !revoked),
  }
}

test.each([
  ['by the new key', ['--key-type', 'ADMIN'], []],
  ['by an ADMIN key made for it', [], ['--with-admin-key']],
])(
  'the same command leaves one new key after a kill at any write or request, the old one revoked %s',
  async (_, keyWords, words) => {
    for (let point = 1; ; point += STEP) {
      const { journey, old, rotate, active } = await begin(keyWords, words)
      const crashed = await rotate({ preload: CRASH_AT, env: { CRASH_AT: String(point) } })
      if (!wasKilled(crashed)) {
        expect(point).toBeGreaterThan(25)
        break
      }
      // The wallet always has a working key: the one in the sink.
      const before = journey.storedKey()
      expect({ point, works: active().some(({ id }) => lab.sandbox.venice.secretOf(id) === before) }).toEqual({
        point,
        works: true,
      })
      const again = await rotate()
      const { json } = await journey.run()
      const stored = journey.storedKey()
      const isNamed = (label: string) => json.warnings?.some((warning) => warning.includes(`"${label}"`)) === true
      const others = active().filter(({ id }) => lab.sandbox.venice.secretOf(id) !== stored)
      expect({
        point,
        code: again.code,
        outcome: json.outcome,
        toRevoke: json.toRevoke,
        isStored: active().length - others.length,
        isOldRevoked: active().every(({ description }) => description !== old),
        unnamed: others.flatMap(({ description }) => (isNamed(description) ? [] : [description])),
        transactions: (await journey.onChain()).transactions,
      }).toEqual({
        point,
        code: 0,
        outcome: 'unfunded',
        toRevoke: [],
        isStored: 1,
        isOldRevoked: true,
        unnamed: [],
        transactions: 2,
      })
    }
  },
  600_000,
)

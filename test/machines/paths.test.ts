import { describe, expect, it } from 'vitest'
import { LIMITS } from '../../machines/onboarding/select.ts'
import { attempt, intent, keyRef, payment, request } from '../support/samples.ts'
import { edges } from './paths/chart.ts'
import { cover, pathsFrom, type Seed } from './paths/explore.ts'
import { walk } from './paths/walk.ts'

const RECORD = {
  attempts: [],
  mints: [],
  key: null,
  retired: [],
  funding: null,
  payments: [],
  skipped: [],
  warnings: [],
}
const KEY = { ...RECORD, key: keyRef(), mints: [intent({ status: 'stored' })] }
const input = { request: request(), fundsDeadline: '2026-11-23T13:00:00.000Z' }
const DIEM = request({ fund: { way: 'diem', amount: '100000000000000000' } })
const X402 = request({ fund: { way: 'x402', amount: '5000000' } })
const { mints: _, ...SPENT } = LIMITS

/** A new run whose loops turn once, and runs that start where it cannot get: twenty rounds would take too long. */
const SEEDS: readonly (readonly [seed: Seed, turns: number])[] = [
  [{ name: 'a new run', input }, 1],
  [{ name: 'a run whose loops have turned as often as they may', input, counters: SPENT }, 0],
  [
    {
      name: 'a pass after one that died when it had signed',
      input: { ...input, record: { ...RECORD, attempts: [attempt('approve', 7), attempt('stake', 8)] } },
    },
    0,
  ],
  [{ name: 'a pass after one that stored a key', input: { ...input, record: KEY } }, 0],
  [{ name: 'a pass with a key whose funding is to be proven', input: { ...input, record: KEY, mustProve: true } }, 1],
  [
    {
      name: 'a pass with a key, and a revocation that another command signed',
      input: { ...input, record: { ...KEY, attempts: [attempt('revoke', 9)] } },
    },
    0,
  ],
  [{ name: 'a pass with a key that is to be paid for with DIEM', input: { ...input, request: DIEM, record: KEY } }, 1],
  [
    {
      name: 'a pass with a key, and DIEM for which a lock is signed',
      input: { request: DIEM, record: { ...KEY, attempts: [attempt('mintDiem', 9)] } },
    },
    1,
  ],
  [
    {
      name: 'a pass with a key, for a wallet that is to have credit and to prove it',
      input: { ...input, request: X402, record: KEY, mustProve: true },
    },
    2,
  ],
  [{ name: 'a pass with a key, for a wallet that is to have credit', input: { request: X402, record: KEY } }, 1],
  [
    {
      name: 'a pass with a key and a payment, whose loops have turned as often as they may',
      input: { request: X402, record: { ...KEY, payments: [payment()] } },
      counters: SPENT,
    },
    0,
  ],
  [
    {
      name: 'a pass with a key and a payment that was settled, and its credit not seen',
      input: { request: X402, record: { ...KEY, payments: [payment({ status: 'settled' })] } },
    },
    0,
  ],
  [
    {
      name: 'a run whose wallet pays by itself, with credit to be bought and proven',
      input: {
        ...input,
        request: request({ credential: 'wallet', fund: { way: 'x402', amount: '5000000' } }),
        mustProve: true,
      },
    },
    1,
  ],
  [
    {
      name: 'a run whose wallet pays by itself, with what there is',
      input: { request: request({ credential: 'wallet' }) },
    },
    1,
  ],
  // The command line and Venice both reject it; the chart handles it all the same.
  [{ name: 'a run that is to stake nothing', input: { ...input, request: request({ stakeAmount: '0' }) } }, 0],
]

const PATHS = cover(SEEDS.flatMap(([seed, turns]) => pathsFrom(seed, turns)))
const nameOf = ({ seed, answers }: (typeof PATHS)[number]): string =>
  `${seed.name}: ${answers.map(({ effect, name }) => `${effect} ${name}`).join(', ')}`

describe('paths through the chart', () => {
  it('take every transition, guarded or not', () => {
    const taken = new Set(PATHS.flatMap((path) => [...path.edges]))
    const missing = edges().filter(({ name, isShadowed }) => !isShadowed && !taken.has(name))
    expect(missing.map(({ name }) => name)).toEqual([])
    expect(edges().filter(({ isGuarded }) => isGuarded).length).toBeGreaterThan(60)
  })

  it('match the driver’s: it visits the same states, and never forgets what must be kept', async () => {
    for (const path of PATHS) {
      const { states, broken } = await walk(path)
      const expected = path.seed.counters === undefined ? path.states : path.states.slice(1)
      expect({ path: nameOf(path), states: states.slice(0, expected.length), broken }).toEqual({
        path: nameOf(path),
        states: expected,
        broken: [],
      })
    }
  })

  it('end the same when the process dies after any revision, or before the next is saved', async () => {
    let walks = 0
    for (const path of PATHS) {
      // There is a point before and after each save and each step: of the two in between, one is enough.
      for (let point = 2; point <= 4 * path.states.length; point += 2) {
        const { broken } = await walk(path, point)
        expect({ path: nameOf(path), point, broken }).toEqual({ path: nameOf(path), point, broken: [] })
        walks += 1
      }
    }
    expect(walks).toBeGreaterThan(500)
  })
})

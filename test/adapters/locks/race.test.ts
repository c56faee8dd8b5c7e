import { expect, test } from 'vitest'
import { kill, nextLine, startScript } from '../../support/scripts.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'
// For its side effect: the processes below race for one wallet.
import '../../support/wallet.ts'

const ROUNDS = 100
/** After this many rounds the process that holds the lock is killed and does not release it. */
const KILL_EVERY = 25

type Kind = 'socket' | 'file'
type Child = ReturnType<typeof startScript>

async function startRacer(kind: Kind, dir: string): Promise<Child> {
  const child = startScript(new URL('race-lock.ts', import.meta.url), [kind, dir])
  expect(await nextLine(child)).toBe('ready')
  return child
}

/** Sends `word` to all at once, and returns their answers. */
async function tell(children: readonly Child[], word: 'take' | 'free'): Promise<string[]> {
  const answers = Promise.all(children.map(nextLine))
  for (const child of children) child.stdin.write(`${word}\n`)
  return answers
}

test.each<Kind>(['socket', 'file'])(
  '%s: when two processes race 100 times for a wallet, at most one ever has it, and neither waits',
  async (kind) => {
    const dir = temporaryDirectory()
    const racers = await Promise.all([startRacer(kind, dir), startRacer(kind, dir)])
    const counts = { one: 0, none: 0, both: 0, other: 0 }
    for (let round = 1; round <= ROUNDS; round += 1) {
      const answers = await tell(racers, 'take')
      const holders = racers.filter((_, index) => answers[index] === 'held')
      if (answers.some((answer) => answer !== 'held' && answer !== 'store/locked')) counts.other += 1
      counts[(['none', 'one', 'both'] as const)[holders.length] ?? 'other'] += 1

      const [holder] = holders
      if (holder === undefined || round % KILL_EVERY > 0) {
        await tell(racers, 'free')
        continue
      }
      const spare = await startRacer(kind, dir)
      const others = [...racers.filter((racer) => racer !== holder), spare]
      await kill(holder)
      const [first, second] = others
      if (first === undefined || second === undefined) throw new Error('Two are left.')
      expect(await tell([first], 'take')).toEqual(['held'])
      expect(await tell([second], 'take')).toEqual(['store/locked'])
      await tell(others, 'free')
      racers.splice(0, 2, first, second)
    }
    expect(counts).toMatchObject({ both: 0, other: 0 })
    // When two file locks are claimed at the same moment, each sees the other and both give up.
    if (kind === 'socket') expect(counts.one).toBe(ROUNDS)
    else expect(counts.one).toBeGreaterThan(0)
  },
)

test.each<Kind>(['socket', 'file'])(
  '%s: exactly one waiting process takes over what a killed process held',
  async (kind) => {
    const dir = temporaryDirectory()
    const [holder, ...others] = await Promise.all([1, 2, 3].map(() => startRacer(kind, dir)))
    if (holder === undefined) throw new Error('There is none to kill.')
    expect(await tell([holder], 'take')).toEqual(['held'])
    expect(await tell(others, 'take')).toEqual(['store/locked', 'store/locked'])
    await kill(holder)
    for (let round = 0; round < 20; round += 1) {
      const held = (await tell(others, 'take')).filter((answer) => answer === 'held').length
      expect(held).toBeLessThanOrEqual(1)
      if (kind === 'socket') expect(held).toBe(1)
      await tell(others, 'free')
    }
  },
)

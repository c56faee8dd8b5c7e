import { parseEther } from 'viem'
import { describe, expect, test, vi } from 'vitest'
import { isAt, pathOf } from '../support/cli.ts'
import { MINT, useSandbox } from '../support/sandbox.ts'
import { ACCOUNTED, account } from './account.ts'

/** A challenge with less than 15 s left is not posted; this one is valid for this long. */
const FRESH_MS = 4_000
const RACES = 4

describe('a process suspended in the middle of a run', () => {
  const lab = useSandbox()

  test('keeps the wallet: a second one exits 7 at once, and the first one finishes when it is resumed', async () => {
    const journey = await lab.begin()
    await lab.sandbox.chain.setBlockTime(undefined)
    const first = journey.start()
    await first.event(isAt('awaitConfirmation.watch'))
    process.kill(first.pid, 'SIGSTOP')
    const second = await journey.run()
    expect(second.code).toBe(7)
    expect(second.json).toMatchObject({
      recoverable: true,
      failure: {
        code: 'store/locked',
        message: expect.stringContaining(journey.address),
        hint: expect.stringContaining('venice-onboard status'),
        facts: [expect.stringContaining('suspended')],
      },
    })
    const shown = await journey.command(['status', '--json'])
    expect(shown.json.runs).toEqual([expect.objectContaining({ state: 'awaitConfirmation.watch' })])
    await lab.sandbox.chain.setBlockTime(0)
    process.kill(first.pid, 'SIGCONT')
    expect(await account(lab, journey, await first.done)).toEqual(ACCOUNTED)
  })

  test('and then killed leaves the wallet to the next one', async () => {
    const journey = await lab.begin()
    const first = journey.start()
    await first.event(isAt('stake.broadcast'))
    process.kill(first.pid, 'SIGSTOP')
    await first.kill('SIGKILL')
    expect(await account(lab, journey, await journey.run())).toEqual(ACCOUNTED)
  })
})

describe('a process suspended for longer than its challenge is valid', () => {
  const lab = useSandbox({ tokenLifeMs: 15_000 + FRESH_MS })

  test('does not post the challenge, fetches another, and makes one key', async () => {
    const journey = await lab.begin()
    lab.fault(MINT, {
      kind: 'reply',
      status: 429,
      headers: { 'retry-after': '1' },
      body: { error: 'Too many requests' },
    })
    const run = journey.start()
    await run.event(isAt('mint.wait'))
    const fetchedBefore = Date.now()
    process.kill(run.pid, 'SIGSTOP')
    await vi.waitUntil(() => Date.now() - fetchedBefore > FRESH_MS, { timeout: 2 * FRESH_MS })
    process.kill(run.pid, 'SIGCONT')
    const finished = await run.done
    expect(await account(lab, journey, finished)).toEqual(ACCOUNTED)
    expect(pathOf(finished).slice(pathOf(finished).indexOf('mint.wait')).slice(0, 3)).toEqual([
      'mint.wait',
      'sign.sign',
      'fetchToken.fetch',
    ])
    expect(lab.sandbox.venice.requests.count(MINT)).toBe(2)
  })
})

describe('two processes that start at once', () => {
  const lab = useSandbox()

  test(`${RACES} times for a new wallet never work at the same time, and make one stake and one key`, async () => {
    for (let race = 1; race <= RACES; race += 1) {
      const journey = await lab.begin({ eth: parseEther('0.01'), vvv: parseEther('10') })
      lab.fault(MINT, { kind: 'delay', ms: 500 })
      const runs = await Promise.all([journey.run(), journey.run()])
      const codes = runs.map(({ code }) => code).sort()
      expect(
        [
          [0, 0],
          [0, 7],
        ],
        `race ${race}`,
      ).toContainEqual(codes)
      const winner = runs.find(({ code }) => code === 0)
      if (winner === undefined) throw new Error('Neither ended.')
      expect({ race, ...(await account(lab, journey, winner)) }).toEqual({ race, ...ACCOUNTED })
    }
  }, 120_000)
})

import { parseEther } from 'viem'
import { describe, expect, test } from 'vitest'
import { eventsOf, isAt, isDoing, pathOf } from '../support/cli.ts'
import { CHALLENGE, MINT, useSandbox } from '../support/sandbox.ts'

const DONE = { transactions: 2, allowance: 0n, sVvv: parseEther('1') }

const lab = useSandbox()

describe('a run that is paused', () => {
  test('by --timeout exits 3, says how to resume, and the same command finishes it', async () => {
    const journey = await lab.begin()
    await lab.sandbox.chain.setBlockTime(undefined)
    const paused = await journey.run(['--timeout', '1s'])
    expect(paused.code).toBe(3)
    expect(paused.json).toMatchObject({
      outcome: 'paused',
      recoverable: true,
      failure: null,
      nextAction: { command: expect.stringMatching(/^venice-onboard run .*--timeout 1s/), reason: expect.any(String) },
    })
    await lab.sandbox.chain.setBlockTime(0)
    const finished = await journey.run()
    expect(finished.code).toBe(0)
    expect(finished.json.runId).toBe(paused.json.runId)
    expect(await journey.onChain()).toEqual(DONE)
    expect(journey.keys()).toHaveLength(1)
  })

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('by %s during a wait exits %i with a result, and the same command finishes it', async (signal, code) => {
    const journey = await lab.begin()
    await lab.sandbox.chain.setBlockTime(undefined)
    const running = journey.start()
    await running.event(isAt('awaitConfirmation.watch'))
    const paused = await running.kill(signal)
    expect(paused).toMatchObject({ code, signal: null })
    expect(paused.json).toMatchObject({ type: 'result', outcome: 'paused', state: 'awaitConfirmation.watch' })
    await lab.sandbox.chain.setBlockTime(0)
    const finished = await journey.run()
    expect(finished.code).toBe(0)
    expect(pathOf(finished)).not.toContain('stake.broadcast')
    expect(await journey.onChain()).toEqual(DONE)
  })

  test('by SIGINT during a mint first stores the key', async () => {
    const journey = await lab.begin()
    lab.fault(MINT, { kind: 'delay', ms: 500 })
    const running = journey.start()
    await running.event(isDoing('mintKey'))
    const paused = await running.kill('SIGINT')
    expect(paused.code).toBe(130)
    expect(paused.json).toMatchObject({ outcome: 'paused', state: 'fundingCheck.ask' })
    const key = journey.storedKey()
    expect(key).not.toBeNull()
    expect((await journey.run()).code).toBe(0)
    expect(journey.keys()).toHaveLength(1)
    expect(journey.storedKey()).toBe(key)
  })

  test('by SIGINT quits at once on a second SIGINT', async () => {
    const journey = await lab.begin()
    lab.fault(MINT, { kind: 'delay', ms: 60_000 })
    const running = journey.start()
    await running.event(isDoing('mintKey'))
    process.kill(running.pid, 'SIGINT')
    await running.line((line) => line.includes('Press again'))
    expect((await running.kill('SIGINT')).code).toBe(130)
  })
})

describe('a second process', () => {
  test('exits 7 at once and changes nothing, and the first one continues', async () => {
    const journey = await lab.begin({ eth: parseEther('0.01') })
    const first = journey.start(['--wait-for-funds', '4s'])
    await first.event(isAt('checkBalance.awaitFunds'))
    const requests = lab.sandbox.chain.requests.http
    const second = await journey.run(['--state-dir', 'elsewhere'])
    expect(second.code).toBe(7)
    expect(second.json.failure).toMatchObject({ code: 'store/locked', facts: [`process ${first.pid}`] })
    expect(lab.sandbox.chain.requests.http).toBe(requests)
    await lab.sandbox.chain.fund(journey.address, { vvv: parseEther('1') })
    expect((await first.done).code).toBe(0)
  })
})

describe('a challenge that expires', () => {
  test('at Venice is fetched again, and one key is minted', async () => {
    const journey = await lab.begin()
    lab.fault(MINT, { kind: 'reply', status: 400, body: { error: 'JWT has expired' } }, { times: 2 })
    const run = await journey.run()
    expect(run.code).toBe(0)
    expect(lab.sandbox.venice.requests.count(CHALLENGE)).toBe(3)
    expect(pathOf(run).filter((state) => state === 'fetchToken.fetch')).toHaveLength(3)
    expect(journey.keys()).toHaveLength(1)
  })

  test('before it could be posted is fetched again a limited number of times, and never posted', async () => {
    const journey = await lab.begin()
    const token = await lab.sandbox.venice.signToken({ exp: Math.floor(Date.now() / 1000) + 8 })
    lab.fault(CHALLENGE, { kind: 'reply', status: 200, body: { success: true, data: { token } } }, { times: 99 })
    const run = await journey.run()
    expect(run.code).toBe(75)
    expect(run.json).toMatchObject({ recoverable: true, failure: { code: 'challenge/stale' } })
    expect(lab.sandbox.venice.requests.count(MINT)).toBe(0)
    expect(eventsOf(run).filter(isAt('fetchToken.fetch'))).toHaveLength(6)
  })
})

import { parseEther } from 'viem'
import { expect, test } from 'vitest'
import { type CliRun, isAt } from '../support/cli.ts'
import { type Journey, useSandbox } from '../support/sandbox.ts'

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
/** Of all points, every third is tried; 1 tries them all, which takes some minutes. */
const STEP = Number(process.env.VENICE_ONBOARD_CRASH_STEP ?? 3)

const lab = useSandbox()

/** What must hold after a crash and the same command again, whatever the crash hit. */
async function account(journey: Journey, { code, json }: CliRun) {
  const { transactions, allowance, sVvv } = await journey.onChain()
  const stored = journey.storedKey()
  const keys = journey.keys().map(({ id, description }) => ({ description, secret: lab.sandbox.venice.secretOf(id) }))
  const others = keys.filter(({ secret }) => secret !== stored)
  const isNamed = (label: string) => json.warnings?.some((warning) => warning.includes(`"${label}"`)) === true
  return {
    code,
    outcome: json.outcome,
    transactions,
    recorded: json.transactions?.map(({ purpose, nonce, status }) => `${purpose} ${nonce} ${status}`),
    allowance,
    sVvv,
    isStoredAtVenice: others.length === keys.length - 1,
    isReported: json.key?.last6 === stored?.slice(-6),
    unaccounted: others.filter(({ description }) => !isNamed(description)),
  }
}

const ACCOUNTED = {
  code: 0,
  outcome: 'unfunded',
  transactions: 2,
  recorded: ['approve 0 mined', 'stake 1 mined'],
  allowance: 0n,
  sVvv: parseEther('1'),
  isStoredAtVenice: true,
  isReported: true,
  unaccounted: [],
}

/** Runs `work` on every item, two at a time. */
async function inPairs<T, R>(items: Iterable<T>, work: (item: T) => Promise<R | null>): Promise<R[]> {
  const results: R[] = []
  const queue = items[Symbol.iterator]()
  const worker = async () => {
    for (let next = queue.next(); !next.done; next = queue.next()) {
      const result = await work(next.value)
      if (result === null) return
      results.push(result)
    }
  }
  await Promise.all([worker(), worker()])
  return results
}

test('killed when a state is announced, the same command ends with one approve, one stake and one stored key', async () => {
  const outcomes = await inPairs(STATES, async (state) => {
    const journey = await lab.begin()
    const running = journey.start()
    await running.event(isAt(state))
    const { signal } = await running.kill('SIGKILL')
    return { state, signal, ...(await account(journey, await journey.run())) }
  })
  const expected = STATES.map((state) => ({ state, signal: 'SIGKILL', ...ACCOUNTED }))
  expect(outcomes).toHaveLength(STATES.length)
  expect(outcomes).toEqual(expect.arrayContaining(expected))
}, 180_000)

test('killed before or after a durable write or an outgoing call, the same command ends the same way', async () => {
  const points = function* () {
    for (let point = 1; ; point += STEP) yield point
  }
  const outcomes = await inPairs(points(), async (point) => {
    const journey = await lab.begin()
    const crashed = await journey.run([], { preload: CRASH_AT, env: { CRASH_AT: String(point) } })
    // A run that ends has fewer points than that: all have been tried.
    if (crashed.signal === null) return null
    return { point, ...(await account(journey, await journey.run())) }
  })
  expect(outcomes.length).toBeGreaterThan(30 / STEP)
  expect(outcomes).toEqual(outcomes.map(({ point }) => ({ point, ...ACCOUNTED })))
}, 600_000)

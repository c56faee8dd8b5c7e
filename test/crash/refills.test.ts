import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { pathToFileURL } from 'node:url'
import { describe, expect, test } from 'vitest'
import { type CliOptions, type RunningCli, startCli } from '../support/cli.ts'
import { UNLIMITED, usdcOf } from '../support/payments.ts'
import { type Journey, useSandbox } from '../support/sandbox.ts'
import { inPairs } from './account.ts'

const CRASH_AT = new URL('crash-at.mjs', import.meta.url)
const CHILD = new URL('paying-child.ts', import.meta.url)
const LOADER = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href
/** Of all points, every ninth is tried; 1 tries them all. */
const STEP = Number(process.env.VENICE_ONBOARD_CRASH_STEP ?? 9)

const lab = useSandbox(UNLIMITED)

const paidBy = async ({ address }: Journey) => Number(20_000_000n - (await usdcOf(lab.sandbox, address))) / 1e6
const creditOf = ({ address }: Journey) => lab.sandbox.venice.accountOf(address).x402
const points = function* () {
  for (let point = 1; ; point += STEP) yield point
}

interface Caller {
  /** @returns the statuses of `calls` concurrent calls; null when the process was killed. */
  call(calls: number): Promise<number[] | null>
}
type Open = (journey: Journey, place?: { stateDir?: string; perDay?: string; crashAt?: number }) => Promise<Caller>

/** A serving process, called over HTTP. */
const openGateway: Open = async (journey, { stateDir = 'state', perDay = '50', crashAt } = {}) => {
  const { rpcUrl, apiUrl } = lab.sandbox
  const ends = ['--network', 'base', '--rpc-url', rpcUrl, '--api-url', apiUrl, '--state-dir', stateDir]
  const refill = ['--refill-to', '5', '--refill-below', '1', '--max-usd', '20', '--max-usd-per-day', perDay]
  const options: CliOptions = {
    cwd: journey.cwd,
    env: {
      WALLET_PRIVATE_KEY: journey.privateKey,
      ...(crashAt !== undefined && { CRASH_AT: String(crashAt) }),
    },
    ...(crashAt !== undefined && { preload: [CRASH_AT.pathname] }),
  }
  const running = startCli(['gateway', ...ends, ...refill, '--json'], options)
  const line = await running.line((given) => given.startsWith('{')).catch(() => null)
  if (line === null) return { call: () => Promise.resolve(null) }
  const { url, tokenFile } = JSON.parse(line)
  const authorization = `Bearer ${readFileSync(tokenFile, 'utf8').trim()}`
  const body = JSON.stringify({ model: 'qwen3-4b', messages: [{ role: 'user', content: 'Hello' }] })
  const headers = { authorization, 'content-type': 'application/json' }
  const one = async () => {
    const response = await fetch(`${url}/chat/completions`, { method: 'POST', headers, body })
    await response.text()
    return response.status
  }
  return { call: (calls) => answersOf(running, Array.from({ length: calls }, one)) }
}

async function answersOf(running: RunningCli, calls: readonly Promise<number>[]): Promise<number[] | null> {
  const settled = await Promise.allSettled(calls)
  const statuses = settled.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
  if (statuses.length === calls.length) return statuses
  expect((await running.done).signal).toBe('SIGKILL')
  return null
}

/** A process that calls by itself. */
const openFetch: Open = async (journey, { stateDir = 'state', perDay = '50', crashAt } = {}) => ({
  async call(calls) {
    const { rpcUrl, apiUrl } = lab.sandbox
    const sink = `file:${join(journey.cwd, 'key')}`
    const options = {
      calls,
      signer: journey.privateKey,
      apiUrl,
      refill: { to: '5', below: '1', rpcUrl, sink, stateDir: join(journey.cwd, stateDir) },
      budget: { maxUsd: '20', maxUsdPerDay: perDay },
    }
    const preload = crashAt === undefined ? [] : ['--import', CRASH_AT.href]
    const child = spawn(process.execPath, [...preload, '--import', LOADER, CHILD.pathname], {
      cwd: journey.cwd,
      env: { PATH: process.env.PATH, HOME: journey.cwd, PAYING: JSON.stringify(options), CRASH_AT: String(crashAt) },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [printed, [, signal]] = await Promise.all([text(child.stdout), once(child, 'exit')])
    return signal === null ? printed.trim().split(' ').map(Number) : null
  },
})

const DOORS: Readonly<Record<string, Open>> = { gateway: openGateway, veniceFetch: openFetch }

describe.each(Object.entries(DOORS))('%s', (_, open) => {
  test('pays once after a kill before or after any write or request of a refill, and a restart', async () => {
    const outcomes = await inPairs(points(), async (crashAt) => {
      const journey = await lab.begin({ usdc: 20_000_000n })
      const crashed = await open(journey, { crashAt })
      if ((await crashed.call(1)) !== null) return null
      const statuses = await (await open(journey)).call(1)
      return { crashAt, statuses, paid: await paidBy(journey), credit: Math.round(creditOf(journey)) }
    })
    expect(outcomes.length).toBeGreaterThan(15 / STEP)
    expect(outcomes).toEqual(outcomes.map(({ crashAt }) => ({ crashAt, statuses: [200], paid: 5, credit: 5 })))
  }, 600_000)
})

describe.each<[string, Open, Open]>([
  ['two gateways', openGateway, openGateway],
  ['a gateway and a veniceFetch', openGateway, openFetch],
])('%s of one wallet', (_, first, second) => {
  test.each([
    ['one folder', ['state', 'state']],
    ['two folders', ['state', 'other']],
  ])(
    'in %s pay once each time the credit falls below the floor, and together at most the daily limit',
    async (_, places) => {
      const journey = await lab.begin({ usdc: 20_000_000n })
      const callers = await Promise.all([
        first(journey, { stateDir: places[0] ?? '', perDay: '10' }),
        second(journey, { stateDir: places[1] ?? '', perDay: '10' }),
      ])
      // Venice accepts five concurrent calls per wallet, and processes do not count each other's.
      const both = async () => (await Promise.all(callers.map(({ call }) => call(2)))).flat()
      const spend = () => lab.sandbox.venice.credit(journey.address, { x402: -creditOf(journey) })
      expect([new Set(await both()), await paidBy(journey)]).toEqual([new Set([200]), 5])
      spend()
      expect([new Set(await both()), await paidBy(journey)]).toEqual([new Set([200]), 10])
      spend()
      expect([new Set(await both()), await paidBy(journey)]).toEqual([new Set([402]), 10])
    },
    120_000,
  )
})

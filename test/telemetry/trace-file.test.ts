import { mkdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { leaksIn } from '../support/leaks.ts'
import { MINT, useSandbox } from '../support/sandbox.ts'
import { type Drawn, parseTrace } from './trace.ts'

const lab = useSandbox()

const traceIn = (cwd: string): Drawn[] => parseTrace(readFileSync(join(cwd, 'trace.json'), 'utf8'))
const namesOf = (spans: readonly Drawn[], lane: string): string[] =>
  spans.filter((span) => span.lane === lane).map(({ name }) => name)

test('--trace draws states, requests and durable writes on one time line', async () => {
  const journey = await lab.begin()
  const { code } = await journey.run(['--trace', 'trace.json'])
  expect(code).toBe(0)
  const spans = traceIn(journey.cwd)
  const { chain } = lab.sandbox
  expect(namesOf(spans, 'RPC')).toHaveLength(chain.requests.http)
  const calls = spans.filter(({ lane }) => lane === 'RPC').map(({ args }) => Number(args.calls))
  const asked = Object.values(chain.requests.methods)
  expect(calls.reduce((sum, one) => sum + one)).toBe(asked.reduce((sum, one) => sum + one))
  expect(namesOf(spans, 'Venice')).toContain(MINT)
  expect(namesOf(spans, 'states')).toEqual(expect.arrayContaining(['stake.broadcast', 'mint.post']))
  expect(namesOf(spans, 'durable writes')).toEqual(expect.arrayContaining(['run.json', '.env']))
  expect((statSync(join(journey.cwd, 'trace.json')).mode & 0o777).toString(8)).toBe('600')
})

test('overlapping spans have separate rows, so that every viewer draws them', async () => {
  const journey = await lab.begin()
  await journey.run(['--trace', 'trace.json'])
  const ends = new Map<number, number>()
  for (const { tid, ts, dur } of traceIn(journey.cwd).toSorted((one, other) => one.ts - other.ts)) {
    // Times are rounded to the microsecond.
    expect(ts).toBeGreaterThanOrEqual((ends.get(tid) ?? 0) - 1)
    ends.set(tid, ts + dur)
  }
})

test('a trace holds no secret, and only the origin of an endpoint', async () => {
  const journey = await lab.begin()
  const endpoint = `${lab.sandbox.rpcUrl}?apiKey=a-key-of-the-provider`
  lab.fault(MINT, { kind: 'reply', status: 500, body: { error: 'no' } })
  await journey.run(['--trace', 'trace.json', '--rpc-url', endpoint])
  const text = readFileSync(join(journey.cwd, 'trace.json'), 'utf8')
  const key = journey.storedKey()
  expect(key).not.toBeNull()
  const secrets = new Map([
    ['private key', journey.privateKey.slice(2)],
    ['API key', String(key)],
    ['key of the provider', 'a-key-of-the-provider'],
  ])
  expect(leaksIn(journey.cwd, { trace: text }, secrets)).toEqual([])
  expect(new Set(parseTrace(text).flatMap(({ args }) => args.endpoint ?? []))).toEqual(
    new Set([new URL(endpoint).origin]),
  )
})

test.each<[string, (path: string) => void]>([
  ['in a missing folder', () => {}],
  ['that is a folder', (path) => mkdirSync(path, { recursive: true })],
])('a trace %s ends the command before anything is done', async (_, make) => {
  const journey = await lab.begin()
  make(join(journey.cwd, 'traces', 'trace.json'))
  const { code, json } = await journey.run(['--trace', 'traces/trace.json'])
  expect([code, json.failure?.code]).toEqual([78, 'cli/trace-file'])
  expect((await journey.onChain()).transactions).toBe(0)
})

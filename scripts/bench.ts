/**
 * Races this product against the scripts that people would write, and against the least that the chain allows, on the
 * sandbox: `npm run bench`. `--rounds N` (default 5), `--only NAME,…` of the conditions, `gateway`, `overhead`, `start`, `fleet`
 * and `waterfall`, `--json FILE` for every lap. The figures of `docs/performance.json` come from it: `npm run bench:goals` measures what
 * the goals name, in some eight minutes of a machine that has nothing else to do, and writes them and their page.
 */
import { writeFileSync } from 'node:fs'
import { cpus, loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { table } from '../src/cli/table.ts'
import { measureFirstRequest } from '../test/bench/first-request.ts'
import { measureFleet } from '../test/bench/fleet.ts'
import { type GatewayLoad, measureGateway } from '../test/bench/gateway.ts'
import { goalRows, type Measured } from '../test/bench/goals.ts'
import { measureOverhead, type Overhead } from '../test/bench/overhead.ts'
import type { Conditions } from '../test/bench/place.ts'
import { type Phase, race } from '../test/bench/race.ts'
import { type Figures, figuresOf } from '../test/bench/statistics.ts'
import { measureWaterfall } from '../test/bench/waterfall.ts'
import { setup } from '../test/support/build.ts'

const CONDITIONS: readonly Conditions[] = [
  { name: '0.2s', blockTimeMs: 200, latencyMs: 50 },
  { name: '2s', blockTimeMs: 2_000, latencyMs: 50 },
  { name: 'instant', blockTimeMs: 0, latencyMs: 0 },
]

/** What the picture of `docs/performance.md` shows. */
const WATERFALL: Conditions = { name: 'waterfall', blockTimeMs: 200, latencyMs: 50 }

/** Wallets. */
const FLEETS = [1_000, 10_000]

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    only: { type: 'string' },
    json: { type: 'string' },
    /** Leaves out runs that start at any time within a block, which no goal is about. */
    aligned: { type: 'boolean', default: false },
  },
})
const rounds = Number(values.rounds)
const only = values.only?.split(',')
const isWanted = (name: string) => only === undefined || only.includes(name)

const removeBuild = await setup()
const races = []
for (const conditions of CONDITIONS.filter(({ name }) => isWanted(name))) {
  const phases: readonly Phase[] = conditions.blockTimeMs === 0 || values.aligned ? ['aligned'] : ['aligned', 'random']
  for (const phase of phases) {
    const title = `${titleOf(conditions)}, ${phase === 'aligned' ? 'started with a block' : 'started at any time'}`
    const run = await race(conditions, phase, {
      rounds,
      note: ({ round, name, seconds }) => console.error(`${title}: round ${round}, ${name} ${seconds.toFixed(2)} s`),
    })
    const figures = figuresOf(run)
    console.log(`\n${title}; medians of ${rounds} rounds\n\n${figuresText(figures)}`)
    races.push({ ...run, title })
  }
}
const gateway = isWanted('gateway') ? await measureGateway() : null
if (gateway !== null) console.log(`\nThe gateway at 1,000 calls a second\n\n${gatewayText(gateway)}`)
const overhead = isWanted('overhead') ? await measureOverhead({ rounds }) : null
if (overhead !== null) console.log(`\nOverhead\n\n${overheadText(overhead)}`)
const firstRequest = isWanted('start') ? await measureFirstRequest(rounds * 2) : []
const fleets = []
for (const size of isWanted('fleet') ? FLEETS : []) fleets.push(await measureFleet(size))
const waterfall = isWanted('waterfall') ? await measureWaterfall(WATERFALL, rounds) : []
removeBuild()
const measured: Measured = {
  at: new Date().toISOString(),
  machine: { cpus: cpus().length, model: cpus()[0]?.model ?? '', node: process.version, load: loadavg()[0] ?? 0 },
  rounds,
  races,
  overhead,
  firstRequest,
  fleets,
  waterfall,
}
const header = ['', 'goal', 'median', 'spread', '']
console.log(`\nGoals\n\n${table(header, goalRows(measured), { right: [1, 2] })}`)
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(measured, null, 1)}\n`)

function gatewayText({ direct, floor, gateway, worst, cpu, memory }: GatewayLoad): string {
  const header = ['', 'median', '1 in 100', 'added', 'to floor', 'CPU', 'to floor', 'memory']
  const row = (name: string, times: { ms: number; slow: number } | null, used?: number, megabytes?: number) => [
    name,
    ...(times === null
      ? ['', '', '', '']
      : [
          `${times.ms.toFixed(2)} ms`,
          `${times.slow.toFixed(2)} ms`,
          `${(times.ms - direct).toFixed(2)} ms`,
          (times.ms / floor).toFixed(2),
        ]),
    ...(used === undefined ? ['', ''] : [`${used.toFixed(2)} ms`, (used / cpu.floor).toFixed(2)]),
    megabytes === undefined ? '' : `${megabytes.toFixed(0)} MB`,
  ]
  const rows = [
    row('the stub itself', { ms: direct, slow: worst.direct }),
    row('a plain node:http proxy', { ms: floor, slow: worst.floor }, cpu.floor, memory.floor),
    row('the gateway, with a key', { ms: gateway, slow: worst.gateway }, cpu.gateway, memory.gateway),
    row('the gateway, signed in', null, cpu.wallet),
  ]
  return table(header, rows, { right: [1, 2, 3, 4, 5, 6, 7] })
}

function titleOf({ blockTimeMs, latencyMs }: Conditions): string {
  const blocks = blockTimeMs === 0 ? 'mined at once' : `blocks of ${blockTimeMs / 1_000} s`
  return `${blocks}, ${latencyMs === 0 ? 'no latency' : `${latencyMs} ms a request`}`
}

function figuresText(figures: readonly Figures[]): string {
  const header = ['', 'seconds', 'fastest', 'slowest', 'beyond floor', 'to floor', 'to viem', 'HTTP', 'calls']
  const rows = figures.map((one) => [
    one.name,
    one.median.toFixed(2),
    one.fastest.toFixed(2),
    one.slowest.toFixed(2),
    one.beyondFloor.toFixed(2),
    one.toFloor.toFixed(2),
    one.toViem.toFixed(2),
    String(one.http),
    String(one.calls),
  ])
  return table(header, rows, { right: [1, 2, 3, 4, 5, 6, 7, 8] })
}

function overheadText(found: Overhead): string {
  const rows = [
    ['durable writes of a run', String(found.durableWrites)],
    ['time of a run in fsync', `${found.fsyncMs.toFixed(1)} ms`],
    ['CPU of a run', `${found.cpuMs.toFixed(0)} ms`],
    ['driver, a transition', `${found.microsecondsPerTransition.toFixed(0)} µs`],
  ]
  return table(['', 'measured'], rows, { right: [1] })
}

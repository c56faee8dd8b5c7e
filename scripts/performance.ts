/**
 * Writes `docs/performance.md` and its picture from `docs/performance.json`, which `npm run bench` measures. `--check` writes
 * nothing and exits 1 when one of them is not what the figures say.
 */
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { goalRows, isBusy, type Measured } from '../test/bench/goals.ts'
import { endOf } from '../test/bench/waterfall.ts'
import type { Drawn } from '../test/telemetry/trace.ts'
import { type Generated, publish, table } from './generated.ts'

/** The files this script writes, as they are to be. */
export function performanceFiles(root: string): Generated[] {
  const measured = JSON.parse(readFileSync(join(root, 'docs/performance.json'), 'utf8')) as Measured
  return [
    { path: 'docs/performance.md', text: pageOf(measured) },
    { path: 'docs/performance.svg', text: pictureOf(measured.waterfall) },
  ]
}

function pageOf(measured: Measured): string {
  const { at, machine, rounds, overhead } = measured
  const noise = isBusy(machine)
    ? ` \nOther programs had the machine at a load of ${machine.load.toFixed(0)}: times and their ratios are several times too large, so that they tell\nnothing of the goals; counts and sizes are right.`
    : ''
  const perWrite = overhead === null ? '' : durable(overhead.durableWrites)
  return `# Performance

For people who ask how fast a run is, and what limits it. \`npm run bench:goals\` measures, on a machine that has nothing
else to do, in some eight minutes; this page is generated from what it wrote. \`npm run bench\` prints more.

Measured ${at.slice(0, 10)} on ${machine.cpus} cores (${machine.model.trim()}), Node ${machine.node.slice(1)}, against the sandbox, in ${rounds} rounds.${noise}
The floor of a round is a script that knows everything beforehand, checks nothing and keeps nothing; the viem script is a careful
one, with viem's defaults. Everything of ours is durable, and starts a process unless the row says otherwise.

${table(['', 'goal', 'median', 'spread', ''], goalRows(measured))}

## Where the time goes

One run of the command, blocks of 200 ms, 50 ms a round trip. \`venice-onboard run --trace FILE\` writes the same of any run.

![Time line of one run: code is loaded, the wallet is read in two round trips, two transactions are sent, their block is awaited, the key is minted and its funding asked](performance.svg)

## What limits the rest

- **Start.** A new run of a key in the environment asks the first question of the chain before the code is loaded that will read
  the answer: its bytes are known beforehand. What is left until then is Node, its first \`fetch\`, commander, and the words of the
  command line. Other runs (a record, a keystore, an endpoint of which something is noted) load 1.5 MB first. zod, which was half of
  what was evaluated, is loaded when the stake is on its way; tables of the curve are made while the last answers about the wallet
  are awaited. From Node 22.8 on the compiled code is kept in the user's cache folder, which saved a tenth. Minifying saved 4 % and
  would make the code that handles keys unreadable, so it is not done.
- **\`status\`** opens records without XState and the machine. What is left is Node, commander, and the words of the command line.
- **The library beyond the floor.** It reads the wallet in two round trips, because what is simulated in the second depends on what the
  first shows, and both must be of one block. Approve and stake then go out one after the other, each recorded first: in one batch,
  an approve that is refused would leave a stake of unknown outcome behind it. That is 150 ms of round trips which the floor does
  without, and with blocks of 200 ms the stake is mined one block later. With blocks of 2 s both are in the same block, and 0.1 s is left.
- **Whole blocks.** What comes too late for a block waits for the next: a few milliseconds saved or lost before the stake is sent
  are 200 ms at the end, or none.
- **Mined at once**, no request takes time, and the two differ by 20 ms of processor time: what the viem script does not do is to check
  each answer, to simulate the stake, to decode what it signs, and to keep a record.
- **Durable writes.** ${perWrite}one for each state and one for the key. Each flushes the file and its folder. The two of
  \`fetchToken\` and \`sign\` keep no promise that the one before does not keep; they stay, because a driver that saves each state
  before it acts needs no list of exceptions.
- **Idle runs.** The 16 kB of before were mostly the fakes of the measurement, which an \`Error\` with its stack kept alive; real
  effects fail with plain data. Of the rest, the record with its signed bytes is 5.5 kB of JSON.
- **The fleet.** A wallet takes 4 ms of processor time of the worker and 3 ms of Restate once both are warm. In the worker nothing
  stands out: collecting garbage takes 16 %, the SDK of Restate 16 %, XState 9 %. See [fleet.md](fleet.md#sizes).
- **The process ends** when the last record is on disk; nothing else is awaited.

## Which write serves which promise

| written | before | promise |
| --- | --- | --- |
| \`run.json\`, with the request | anything is asked or signed | the same command continues this run |
| \`run.json\`, with the signed approve and stake | either is sent | never a second approve or stake: the same bytes are sent again |
| \`run.json\`, for each of both, once it was sent | the next is sent | a crash repeats one broadcast at most |
| \`run.json\`, with receipts and what proves the stake | the challenge is fetched | the stake is never taken for open again |
| \`run.json\`, with the label of the key | the mint is posted | a lost reply is found again by \`keys reclaim\` |
| a rehearsal of the sink | the mint is posted | the key has a place before it exists |
| the sink | the record says that there is a key | no key is lost |
| \`run.json\`, with the fingerprint of the key | its funding is asked | the key is never minted twice |
| \`run.json\`, at the end | the command ends | the run is reported again without a request |
`
}

const durable = (count: number): string => `${count} in a run, `

const ROW = 15
const LEFT = 330
const WIDTH = 1_000
const TOP = 26
const COLOURS: Readonly<Record<string, string>> = {
  program: '#8b949e',
  states: '#57606a',
  RPC: '#0969da',
  Venice: '#bf3989',
  'durable writes': '#bc4c00',
  waits: '#9a6700',
}

/** A row for each span, in the order of their begin. */
function pictureOf(spans: readonly Drawn[]): string {
  const scale = (WIDTH - LEFT - 60) / endOf(spans)
  const x = (micros: number) => (LEFT + micros * scale).toFixed(1)
  const height = TOP + spans.length * ROW + 10
  const ticks = Array.from({ length: Math.floor(endOf(spans) / 100_000) + 1 }, (_, index) => index * 100_000)
  const shownTicks = ticks.filter((_, index) => index % Math.ceil(ticks.length / 12) === 0)
  const grid = shownTicks.map(
    (at) =>
      `<line x1="${x(at)}" y1="${TOP - 6}" x2="${x(at)}" y2="${height}" stroke="#d0d7de"/><text x="${x(at)}" y="14" text-anchor="middle" fill="#57606a">${at / 1_000} ms</text>`,
  )
  const bars = spans.map(({ lane, name, ts, dur }, index) => {
    const y = TOP + index * ROW
    const width = Math.max(1.5, dur * scale).toFixed(1)
    const took = `${(dur / 1_000).toFixed(dur < 10_000 ? 1 : 0)} ms`
    return `<text x="8" y="${y + 10}" fill="#24292f">${escaped(shortened(`${lane} · ${name}`))}</text><rect x="${x(ts)}" y="${y + 2}" width="${width}" height="10" rx="2" fill="${COLOURS[lane] ?? '#57606a'}"/><text x="${(Number(x(ts + dur)) + 4).toFixed(1)}" y="${y + 10}" fill="#57606a">${took}</text>`
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="ui-sans-serif, system-ui, sans-serif" font-size="10">
<title>Time line of one run</title>
<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>
${[...grid, ...bars].join('\n')}
</svg>
`
}

const MOST_CHARACTERS = 58
const shortened = (text: string): string =>
  text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS - 1)}…` : text
const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')

if (process.argv[1] === import.meta.filename) {
  const root = dirname(import.meta.dirname)
  process.exitCode = publish(root, performanceFiles(root), process.argv)
}

/**
 * Simulates runs of onboarding in worlds where everything fails, one for each seed, and prints what came of them:
 * `npm run simulate -- --seed 1 --runs 10000`. Exits 1 at the first one that breaks a promise, with the shortest history
 * that still does. `--without KIND,…` leaves out kinds of fault, `--crashes N` lets at most N processes die.
 */
import { parseArgs } from 'node:util'
import { FAULT_KINDS } from '../test/simulation/chaos.ts'
import { count, createTally, failureText, tallyText } from '../test/simulation/report.ts'
import { shrink } from '../test/simulation/shrink.ts'
import { simulate } from '../test/simulation/simulate.ts'

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    runs: { type: 'string', default: '1000' },
    without: { type: 'string', default: '' },
    crashes: { type: 'string' },
  },
})
const [first, runs] = [Number(values.seed), Number(values.runs)]
const left = values.without.split(',')
const options = {
  without: FAULT_KINDS.filter((kind) => left.includes(kind)),
  ...(values.crashes !== undefined && { maxCrashes: Number(values.crashes) }),
}

const startedAt = performance.now()
const tally = createTally()
const pace = () => `${Math.round((tally.runs * 1_000) / (performance.now() - startedAt))} runs/s`

for (let seed = first; seed < first + runs; seed += 1) {
  const simulated = await simulate({ seed, ...options })
  count(tally, simulated)
  if (tally.runs % 500 === 0) console.error(`${tally.runs} of ${runs}, ${pace()}`)
  if (simulated.violation === null) continue
  console.log(failureText(await shrink({ seed, ...options })))
  process.exitCode = 1
  break
}
console.log(`${tallyText(tally)}\n${pace()}`)

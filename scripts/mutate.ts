/**
 * Seeded mutations of records and of answers, each judged by a model of what was approved:
 * `npm run mutate -- --seed 1 --runs 10000`. Prints each that breaks it; exits 1 where one does.
 */

import { parseArgs } from 'node:util'
import { tryMutation } from '../test/hostile/mutations.ts'

const { values } = parseArgs({
  options: { seed: { type: 'string', default: '1' }, runs: { type: 'string', default: '1000' } },
})
const [first, runs] = [Number(values.seed), Number(values.runs)]
const acted: Record<string, number> = {}
let broken = 0
for (let seed = first; seed < first + runs; seed += 1) {
  const { kind, changes, violations, hasActed } = await tryMutation(seed)
  if (hasActed) acted[kind] = (acted[kind] ?? 0) + 1
  if (violations.length === 0) continue
  broken += 1
  console.error(`seed ${seed}, ${kind}: ${violations.join('; ')}\n  ${changes.join('\n  ')}`)
}
console.log(
  `${runs} mutations; ${broken} led beyond what was approved. Signed, sent or stored something: ${JSON.stringify(acted)}.`,
)
process.exitCode = broken === 0 ? 0 : 1

import { expect, test } from 'vitest'
import { tryMutation } from './mutations.ts'

/** As many as CI has time for; `npm run mutate` tries more. */
const RUNS = 300

test(`nothing beyond the approval is signed, sent or stored in ${RUNS} mutations of records and answers`, async () => {
  const acted = new Set<string>()
  for (let seed = 1; seed <= RUNS; seed += 1) {
    const { violations, hasActed, kind, changes } = await tryMutation(seed)
    expect(violations, `seed ${seed}, ${kind}: ${changes.join('; ')}`).toEqual([])
    if (hasActed) acted.add(kind)
  }
  // In every kind some mutations change nothing relevant, so the model has something to judge.
  expect([...acted].sort()).toEqual(['answers', 'broadcast', 'pay', 'replace', 'sign'])
})

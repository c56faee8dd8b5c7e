/** A separate machine: `node … <options as JSON>` onboards a wallet, with its runs in PostgreSQL. */
import pg from 'pg'
import { type OnboardOptions, onboard } from '../../src/index.ts'
import { postgresStores } from '../../src/stores.ts'

const { database, ...options } = JSON.parse(process.argv[2] ?? '{}') as OnboardOptions & { database: pg.PoolConfig }
const pool = new pg.Pool(database)
const result = await onboard({
  ...options,
  runStore: postgresStores(pool),
  onEvent: (event) => process.stdout.write(`${JSON.stringify(event)}\n`),
})
process.stdout.write(`${JSON.stringify({ type: 'result', outcome: result.outcome })}\n`)
await pool.end()

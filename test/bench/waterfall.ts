import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Drawn, parseTrace } from '../telemetry/trace.ts'
import { type Conditions, openPlace } from './place.ts'
import { startCli } from './process.ts'

/** The time line of the quickest of `runs` runs of the command. */
export async function measureWaterfall(conditions: Conditions, runs: number): Promise<Drawn[]> {
  const place = await openPlace(conditions, runs)
  const traces: Drawn[][] = []
  try {
    for (let run = 0; run < runs; run += 1) {
      const { rpcUrl, apiUrl, wallet } = place.start()
      const cwd = mkdtempSync(join(tmpdir(), 'venice-onboard-bench-'))
      const words = ['run', '--network', 'base', '--rpc-url', rpcUrl, '--api-url', apiUrl, '--yes', '--quiet']
      await place.nextBlock()
      await startCli([...words, '--trace', 'trace.json'], { cwd, env: { WALLET_PRIVATE_KEY: wallet.privateKey } })
      traces.push(parseTrace(readFileSync(join(cwd, 'trace.json'), 'utf8')))
      rmSync(cwd, { recursive: true, force: true })
    }
  } finally {
    place.close()
  }
  return traces.toSorted((one, other) => endOf(one) - endOf(other)).at(0) ?? []
}

/** Microseconds from the start of the process to the end of the last span. */
export const endOf = (spans: readonly Drawn[]): number => Math.max(...spans.map(({ ts, dur }) => ts + dur))

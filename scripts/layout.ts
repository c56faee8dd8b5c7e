/**
 * Lays out the machine for the inspector's page, and writes the chart as `src/inspector/generated/chart.json`.
 * `--check` writes nothing and exits 1 when the file is not what the machine says.
 */
import { dirname } from 'node:path'
import { onboardingMachine } from '../machines/onboarding/machine.ts'
import { graphOf } from '../src/diagram/graph.ts'
import { elkEngine, loadElk } from '../src/inspector/layout/elk.ts'
import { sketchMachine } from '../src/inspector/layout/sketch.ts'
import { type Generated, publish } from './generated.ts'

/** The file this script writes, as it is to be. */
export async function layoutFile(): Promise<Generated> {
  const chart = await sketchMachine(graphOf(onboardingMachine), elkEngine(await loadElk()))
  return { path: 'src/inspector/generated/chart.json', text: `${JSON.stringify(chart, null, 1)}\n` }
}

if (process.argv[1] === import.meta.filename) {
  process.exitCode = publish(dirname(import.meta.dirname), [await layoutFile()], process.argv)
}

import { join } from 'node:path'
import { onboardingMachine } from '../../../machines/onboarding/machine.ts'
import { readSmallFile } from '../../adapters/small-file.ts'
import { toDot } from '../../diagram/dot.ts'
import { graphOf } from '../../diagram/graph.ts'
import { toMermaid } from '../../diagram/mermaid.ts'
import { toScxml } from '../../diagram/scxml.ts'
import { toStatelyConfig } from '../../diagram/stately.ts'
import { type RunEvent, statePath } from '../../driver/events.ts'
import { UsageError } from '../../errors/cli.ts'
import type { Output } from '../output.ts'
import { findRuns, readRun } from '../records.ts'
import type { Request } from '../request.ts'

export type ExportRequest = Request & { detail: 'stages' | 'full'; marksRun: boolean }

/** `export`: the machine as a diagram, as SCXML, or as a config that Stately and `createMachine` take. Reads only. */
export async function exportMachine(format: string, request: ExportRequest, output: Output): Promise<number> {
  switch (format) {
    case 'mermaid': {
      const marks = request.marksRun ? await marksOf(request) : {}
      const text = toMermaid(graphOf(onboardingMachine), { detail: request.detail, ...marks })
      output.result({ format, text }, text)
      return 0
    }
    case 'json': {
      const config = toStatelyConfig(onboardingMachine)
      // Both keep `meta` without reading it.
      const machine = request.marksRun ? { ...config, meta: { run: await marksOf(request) } } : config
      output.result({ format, machine }, JSON.stringify(machine, null, 2))
      return 0
    }
    case 'scxml': {
      const text = toScxml(graphOf(onboardingMachine), request.marksRun ? await marksOf(request) : {})
      output.result({ format, text }, text.trimEnd())
      return 0
    }
    case 'dot': {
      const marks = request.marksRun ? await marksOf(request) : {}
      const text = toDot(graphOf(onboardingMachine), { detail: request.detail, ...marks })
      output.result({ format, text }, text)
      return 0
    }
    default:
      throw new UsageError(`${format} is not a format.`, 'Give mermaid, json, scxml or dot.')
  }
}

async function marksOf(request: Request): Promise<{ path: string[]; current: string }> {
  const [run] = await findRuns(request.stateDir, request.address)
  if (run === undefined) return { path: [], current: '' }
  const journal = readSmallFile(join(run.store.directory, 'journal.ndjson'), MAX_JOURNAL)?.toString('utf8') ?? ''
  const path = journal.split('\n').flatMap(stateOf)
  return { path: [...new Set(path)], current: statePath((await readRun(run)).snapshot.value) }
}

/** Bytes. A run of a day has some megabytes. */
const MAX_JOURNAL = 256 * 1024 * 1024

/** The state that a line of the history leads to, if any. A history may end mid-line; only the record is sure to be complete. */
function stateOf(line: string): string[] {
  try {
    const event = JSON.parse(line) as RunEvent
    return event.type === 'transition' ? [event.to] : []
  } catch {
    return []
  }
}

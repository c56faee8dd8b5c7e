import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { onboardingMachine } from '../../../machines/onboarding/machine.ts'
import { graphOf } from '../../diagram/graph.ts'
import { toMermaid } from '../../diagram/mermaid.ts'
import { toStatelyConfig } from '../../diagram/stately.ts'
import { statePath, type TransitionEvent } from '../../driver/events.ts'
import { UsageError } from '../../errors/usage.ts'
import { addressOf } from '../config.ts'
import type { CliContext } from '../environment.ts'
import type { Flags } from '../options.ts'
import type { Output } from '../output.ts'
import { findRuns, readRun } from '../records.ts'

export type ExportFlags = Flags & { detail: 'stages' | 'full'; run?: boolean }

/** `export`: the machine as mermaid or as a config that Stately and `createMachine` take. Reads only. */
export async function exportMachine(
  format: string,
  flags: ExportFlags,
  output: Output,
  context: CliContext,
): Promise<number> {
  switch (format) {
    case 'mermaid': {
      const marks = flags.run ? await marksOf(flags, context) : {}
      const text = toMermaid(graphOf(onboardingMachine), { detail: flags.detail, ...marks })
      output.result({ format, text }, text)
      return 0
    }
    case 'json': {
      const machine = toStatelyConfig(onboardingMachine)
      output.result({ format, machine }, JSON.stringify(machine, null, 2))
      return 0
    }
    default:
      throw new UsageError(`${format} is no format.`, 'Give mermaid or json.')
  }
}

async function marksOf(flags: Flags, context: CliContext): Promise<{ path: string[]; current: string }> {
  const [run] = await findRuns(resolve(context.cwd, flags.stateDir), addressOf(flags))
  if (run === undefined) return { path: [], current: '' }
  const journal = await readFile(join(run.store.directory, 'journal.ndjson'), 'utf8').catch(() => '')
  const path = journal.split('\n').flatMap((line) => (line === '' ? [] : [(JSON.parse(line) as TransitionEvent).to]))
  return { path: [...new Set(path)], current: statePath((await readRun(run)).snapshot.value) }
}

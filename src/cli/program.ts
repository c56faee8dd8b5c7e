import type { Command } from 'commander'
import type { CliContext } from './environment.ts'
import type { Output } from './output.ts'

/** What the files that add commands need of the program. */
export interface Program {
  /** Wraps a command that is loaded when it is called, as commander wants it. */
  action: <F>(
    load: () => Promise<(request: F, output: Output) => Promise<number>>,
  ) => (request: unknown, command: Command) => Promise<void>
  context: CliContext
  commandLine: () => string
}

import { homedir } from 'node:os'
import { takeSecrets } from '../adapters/child-env.ts'

/** The parts of the process that a command uses: the one place that reads environment, directories and streams. */
export interface CliContext {
  env: Readonly<Record<string, string | undefined>>
  cwd: string
  homeDir: string
  stdout: NodeJS.WriteStream
  stderr: NodeJS.WriteStream
  stdin: NodeJS.ReadStream
  /** The command line that runs this program again, for processes it starts. */
  program: readonly string[]
}

export const processContext = (): CliContext => ({
  env: takeSecrets(process.env),
  cwd: process.cwd(),
  homeDir: homedir(),
  stdout: process.stdout,
  stderr: process.stderr,
  stdin: process.stdin,
  program: [process.execPath, ...process.execArgv, process.argv[1] ?? ''],
})

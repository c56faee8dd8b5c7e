import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** What every process of a measurement gets. Certificates that a machine adds are read at the start of each. */
export const environment = (cwd: string): Record<string, string | undefined> => ({
  PATH: process.env.PATH,
  HOME: cwd,
  ...(process.env.NODE_EXTRA_CA_CERTS && { NODE_EXTRA_CA_CERTS: process.env.NODE_EXTRA_CA_CERTS }),
})

/** Runs the build of the program, which `setup` of `support/build` has made, to its end. Rejects when it fails. */
export async function startCli(
  words: readonly string[],
  { cwd, env = {} }: { cwd: string; env?: Record<string, string> },
): Promise<void> {
  const program = process.env.VENICE_ONBOARD_TEST_PROGRAM ?? ''
  await run(process.execPath, [program, ...words], { cwd, env: { ...environment(cwd), ...env } })
}

/** The minimum time of a Node process. */
export async function startNode(cwd: string): Promise<void> {
  await run(process.execPath, ['-e', '0'], { cwd, env: environment(cwd) })
}

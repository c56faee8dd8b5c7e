import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable, Writable } from 'node:stream'
import { onTestFinished } from 'vitest'

type Child = ChildProcessByStdio<Writable, Readable, null>

/**
 * Runs a script in its own process, optionally with a limit of `maxFileKiB` for files, or
 * with another version of Node.
 */
export function startScript(
  script: URL,
  args: readonly string[],
  { maxFileKiB, program = process.execPath }: { maxFileKiB?: number; program?: string } = {},
): Child {
  const limit = maxFileKiB === undefined ? '' : `ulimit -f ${maxFileKiB}; `
  const command = `${limit}exec "$0" --import tsx "$@"`
  const child = spawn('bash', ['-c', command, program, script.pathname, ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
    // A cache of compiled scripts would not fit under the limit.
    env: { ...process.env, TSX_DISABLE_CACHE: '1' },
  })
  onTestFinished(() => kill(child))
  return child
}

/** Resolves when the process has ended and the system has released its resources. */
export async function kill(child: Child): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGKILL')
  await once(child, 'exit')
}

/** The next output of the process. */
export async function nextLine(child: Child): Promise<string> {
  const [chunk] = await once(child.stdout, 'data')
  return String(chunk).trim()
}

import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable, Writable } from 'node:stream'
import { onTestFinished } from 'vitest'

type Child = ChildProcessByStdio<Writable, Readable, null>

/**
 * Runs a script in a process of its own, optionally with no file allowed to grow beyond `maxFileKiB`, or
 * with another Node.
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

/** Resolves when the process is gone and the system has taken back what it held. */
export async function kill(child: Child): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGKILL')
  await once(child, 'exit')
}

/** The next thing that the process prints. */
export async function nextLine(child: Child): Promise<string> {
  const [chunk] = await once(child.stdout, 'data')
  return String(chunk).trim()
}

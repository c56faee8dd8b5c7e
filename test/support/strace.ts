import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** What the kernel does at the `nth` system call `call`, e.g. `error=EIO` or `signal=SIGKILL`. */
export interface SyscallFault {
  call: string
  effect: string
  nth: number
}

/** Whether this machine has strace and allows tracing: containers often do not. */
export const canTrace = spawnSync('strace', ['-qq', '-o', '/dev/null', '-e', 'trace=fsync', 'true']).status === 0

/**
 * Arguments that run a program under strace, which writes to `log`. Only the program's main thread is traced:
 * there Node makes the synchronous calls, and no other thread counts.
 */
export const tracing = (calls: readonly string[], log: string): string[] => [
  'strace',
  '-qq',
  '-o',
  log,
  '-e',
  `trace=${calls.join(',')}`,
]

export const injecting = ({ call, effect, nth }: SyscallFault, log: string): string[] => [
  ...tracing([call], log),
  '-e',
  `inject=${call}:${effect}:when=${nth}`,
]

/** How often each call is in `log`. */
export function countsIn(log: string): Map<string, number> {
  const counts = new Map<string, number>()
  for (const [, call = ''] of readFileSync(log, 'utf8').matchAll(/^(\w+)\(/gm)) {
    counts.set(call, (counts.get(call) ?? 0) + 1)
  }
  return counts
}

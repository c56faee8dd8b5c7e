import { readdirSync, readFileSync } from 'node:fs'
import { vi } from 'vitest'

/** Processes of this machine, by id. Linux. */
function processes(): { pid: number; parent: number; command: string }[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return []
    try {
      const status = readFileSync(`/proc/${name}/status`, 'utf8')
      const parent = Number(/^PPid:\t(\d+)$/m.exec(status)?.[1])
      // A zombie process does nothing.
      if (/^State:\tZ/m.test(status)) return []
      return [{ pid: Number(name), parent, command: readFileSync(`/proc/${name}/cmdline`, 'utf8') }]
    } catch {
      return [] // gone meanwhile
    }
  })
}

/** All descendants of `pid`. */
export function descendantsOf(pid: number): number[] {
  const all = processes()
  const childrenOf = (parent: number): number[] =>
    all.flatMap((found) => (found.parent === parent ? [found.pid, ...childrenOf(found.pid)] : []))
  return childrenOf(pid)
}

/** Processes with `text` in their command line. */
export const processesWith = (text: string): number[] =>
  processes().flatMap(({ pid, command }) => (command.includes(text) ? [pid] : []))

/** Resolves when none of `pids` runs. Polls, because the system reports an end only to the parent. */
export const waitForEnd = (pids: readonly number[]): Promise<void> =>
  vi.waitFor(
    () => {
      const running = new Set(processes().map(({ pid }) => pid))
      const left = pids.filter((pid) => running.has(pid))
      if (left.length > 0) throw new Error(`Still running: ${left.join(', ')}`)
    },
    { timeout: 10_000, interval: 50 },
  )

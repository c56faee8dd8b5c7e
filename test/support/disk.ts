import { spawnSync } from 'node:child_process'
import { chownSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

const PAGE_KIB = 4

const does = (command: string, ...args: string[]): boolean => spawnSync(command, args).status === 0

/** Whether this process may mount a file system: as root, outside of most containers. */
export const canMount = ((): boolean => {
  const folder = mkdtempSync(join(tmpdir(), 'venice-onboard-mount-'))
  const isMounted = does('mount', '-t', 'tmpfs', 'tmpfs', folder)
  if (isMounted) does('umount', folder)
  rmSync(folder, { recursive: true })
  return isMounted
})()

export interface SmallDisk {
  /** Makes it larger, and writable again. */
  mend(): void
  /** Makes it read-only. */
  freeze(): void
}

/** Mounts a file system in memory at `folder` with `pages` of 4 KiB. It is removed after the test. */
export function mountSmallDisk(folder: string, pages: number): SmallDisk {
  const mount = (options: string): void => {
    if (!does('mount', '-t', 'tmpfs', '-o', options, 'tmpfs', folder)) throw new Error(`Cannot mount with ${options}.`)
  }
  mount(`size=${pages * PAGE_KIB}k`)
  onTestFinished(() => {
    does('umount', '-l', folder)
  })
  return {
    mend: () => mount('remount,rw,size=4m'),
    freeze: () => mount('remount,ro'),
  }
}

const NOBODY = 65534
const isRoot = process.getuid?.() === 0

/** Whether a process can be run that permissions bind. */
export const hasPermissions = !isRoot || does('setpriv', `--reuid=${NOBODY}`, '--clear-groups', 'true')

/** Arguments that run a program as a user whom permissions bind; empty when this process is one. */
export const asNobody: readonly string[] = isRoot
  ? ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups']
  : []

/** Gives `path` to the user of `asNobody`. */
export function giveAway(path: string): void {
  if (isRoot) chownSync(path, NOBODY, NOBODY)
}
